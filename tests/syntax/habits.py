#!/usr/bin/env python3
"""Writes every entry of compiler/syntax/Habits.def into a script as someone would who comes from another language: one error, at the
word or sign, with the table's help.

  habits.py TLC WORK_FOLDER [WORD…]
"""
import json, os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/docs"))
import snippets

STAGE = "pretrain fit: Net on digits {\n  objective cross_entropy(label%s)\n  optimizer AdamW(%s)\n  batch 32;  epochs passes\n}"
SCHEDULE = (STAGE % ("", "lr")).replace("epochs passes", "epochs passes\n  schedule cosine(%s)")
PLAIN = (STAGE % ("", "lr")).replace("AdamW(lr)", "Adam(%s)")
# (place, word): (where the lines stand, the lines); names, members and types have lines of their own where the usual ones do not do
CASES = {
    ("Block", "async"): ("", "async def f(x):\n    return x"),
    ("Block", "class"): ("", "class Net(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(4, 2)\n\n"
                             "    def forward(self, x):\n        for i in range(3):\n            x = x + 1\n        return self.fc(x)"),
    ("Block", "def"): ("items", "def forward(self, x):\n    y = self.up(x)\n    return y"),
    ("Block", "do"): ("body", "do {\n  y = x\n} while (x > 0)"),
    ("Block", "elif"): ("body", "if h > 4 { y = x }\nelif h > 2 { y = -x }"),
    ("Block", "for"): ("body", "for i in range(3) {\n  y = relu(x)\n}"),
    ("Block", "func"): ("", "func f(x) { x }"),
    ("Block", "function"): ("", "function f(x) { x }"),
    ("Block", "struct"): ("", "struct Net { w: f32 }"),
    ("Block", "switch"): ("body", "switch (h) { y = x }"),
    ("Block", "try"): ("body", "try:\n  y = relu(x)\nexcept ValueError:\n  y = x"),
    ("Block", "while"): ("body", "while h > 3 {\n  y = x\n}"),
    ("Block", "with"): ("body", "with torch.no_grad():\n  y = up(x)\n  z = y + 1"),
    ("Word", "assert"): ("body", "assert h > 3"),
    ("Word", "await"): ("body", "y = await relu(x)"),
    ("Word", "break"): ("body", "break"),
    ("Word", "const"): ("body", "const y = 3"),
    ("Word", "continue"): ("body", "continue"),
    ("Word", "del"): ("body", "del x"),
    ("Word", "export"): ("", "export fn f(x) { x }"),
    ("Word", "global"): ("body", "global x"),
    ("Word", "import"): ("", "import torch"),
    ("Word", "include"): ("", 'include "other.tl"'),
    ("Word", "lambda"): ("body", "f = lambda v: v + 1"),
    ("Word", "let"): ("body", "let y = x"),
    ("Word", "pass"): ("body", "pass"),
    ("Word", "public"): ("", "public fn f(x) { x }"),
    ("Word", "raise"): ("body", "raise ValueError(x)"),
    ("Word", "return"): ("body", "return head(x)"),
    ("Word", "static"): ("body", "static y = 3"),
    ("Word", "throw"): ("body", "throw x"),
    ("Word", "using"): ("", "using Flux"),
    ("Word", "val"): ("body", "val y = x"),
    ("Word", "var"): ("body", "var y = x"),
    ("Word", "yield"): ("body", "yield x"),
    ("Infix", "div"): ("body", "y = x div 2"),
    ("Infix", "elif"): ("body", "y = if h > 4 { x } elif h > 2 { -x } else { 2 * x }"),
    ("Infix", "for"): ("body", "y = [relu(i) for i in x]"),
    ("Infix", "if"): ("body", "y = x if h > 4 else -x"),
    ("Infix", "in"): ("body", "y = 3 in x"),
    ("Infix", "is"): ("body", "y = x is none"),
    ("Infix", "mod"): ("body", "y = x mod 2"),
    ("Infix", "then"): ("body", "y = if h > 4 then x else -x"),
    ("Infix", "where"): ("body", "y = x where x > 0"),
    ("Infix", "xor"): ("body", "y = x > 0 xor x < 1"),
    ("Name", "F"): ("body", "y = F.relu(x)"),
    ("Name", "False"): ("body", "y = False"),
    ("Name", "None"): ("body", "y = x[None]"),
    ("Name", "True"): ("items", "more = Linear(16, 16, bias = True)"),
    ("Name", "Sequential"): ("items", "more = Sequential(Linear(16, 16), relu)"),
    ("Name", "keras"): ("items", "more = keras.layers.Dense(16)"),
    ("Name", "nil"): ("body", "y = nil"),
    ("Name", "nn"): ("items", "more = nn.Linear(16, 16)\nact = nn.ReLU()"),
    ("Name", "no_grad"): ("body", "y = no_grad(x)"),
    ("Name", "np"): ("body", "y = np.exp(x)"),
    ("Name", "null"): ("body", "y = null"),
    ("Name", "optim"): ("stage", STAGE.replace("AdamW(%s)", "optim.Adam(lr)") % ""),
    ("Name", "self"): ("body", "y = self.head(self.up(self.x))"),
    ("Name", "this"): ("body", "y = this.head(x)"),
    ("Name", "torch"): ("body", "y = torch.exp(x)"),
    ("Member", "T"): ("body", "y = x @ x.T"),
    ("Member", "append"): ("body", "y = [x].append(x)"),
    ("Member", "dtype"): ("body", "y = x.dtype"),
    ("Member", "eval"): ("body", "y = up.eval()"),
    ("Member", "forward"): ("body", "y = up.forward(x)"),
    ("Member", "length"): ("body", "y = x.length"),
    ("Member", "ndim"): ("body", "y = x.ndim"),
    ("Member", "parameters"): ("body", "y = up.parameters()"),
    ("Member", "requires_grad"): ("body", "y = x.requires_grad"),
    ("Member", "weight"): ("body", "y = up.weight"),
    ("Argument", "T_max"): ("stage", SCHEDULE % "T_max = 10"),
    ("Argument", "axes"): ("body", "y = sum(x, axes = 1)"),
    ("Argument", "batch_first"): ("items", "more = LSTM(16, 16, batch_first = true)"),
    ("Argument", "beta_1"): ("stage", STAGE % ("", "lr, beta_1 = 0.9")),
    ("Argument", "beta_2"): ("stage", STAGE % ("", "lr, beta_2 = 0.9")),
    ("Argument", "betas"): ("stage", STAGE % ("", "lr, betas = [0.9, 0.99]")),
    ("Argument", "decay"): ("stage", PLAIN % "lr, decay = 0.01"),
    ("Argument", "device"): ("items", "more = Linear(16, 16, device = 0)"),
    ("Argument", "dim"): ("body", "y = sum(x, dim = 1)"),
    ("Argument", "dims"): ("body", "y = sum(x, dims = 1)"),
    ("Argument", "dropout"): ("items", "more = Attention(16, heads = 2, dropout = 0.1)"),
    ("Argument", "dropout_rate"): ("items", "more = Dropout(dropout_rate = 0.1)"),
    ("Argument", "dtype"): ("items", "more = Linear(16, 16, dtype = 0)"),
    ("Argument", "embedding_dim"): ("items", "more = Embedding(100, embedding_dim = 16)"),
    ("Argument", "epsilon"): ("items", "more = LayerNorm(16, epsilon = 1e-6)"),
    ("Argument", "features"): ("items", "more = Linear(16, features = 16)"),
    ("Argument", "filters"): ("items", "more = Conv2D(1, filters = 16, size = 3)"),
    ("Argument", "hidden_size"): ("items", "more = LSTM(16, hidden_size = 16)"),
    ("Argument", "in_channels"): ("items", "more = Conv2D(in_channels = 1, out = 16, size = 3)"),
    ("Argument", "in_features"): ("items", "more = Linear(in_features = 16, out = 16)"),
    ("Argument", "initializer"): ("items", "more = Linear(16, 16, initializer = he)"),
    ("Argument", "inplace"): ("items", "more = Dropout(0.1, inplace = true)"),
    ("Argument", "input_size"): ("items", "more = LSTM(input_size = 16, d = 16)"),
    ("Argument", "keepdim"): ("body", "y = sum(x, axis = 1, keepdim = true)"),
    ("Argument", "keepdims"): ("body", "y = mean(x, axis = 1, keepdims = true)"),
    ("Argument", "kernel_size"): ("items", "more = Conv2D(1, 16, kernel_size = 3)"),
    ("Argument", "label_smoothing"): ("stage", STAGE % (", label_smoothing = 0.1", "lr")),
    ("Argument", "learning_rate"): ("stage", STAGE % ("", "learning_rate = 0.1")),
    ("Argument", "negative_slope"): ("body", "y = leaky_relu(x, negative_slope = 0.1)"),
    ("Argument", "normalized_shape"): ("items", "more = LayerNorm(normalized_shape = 16)"),
    ("Argument", "num_classes"): ("body", "y = one_hot(iota(3), num_classes = 10)"),
    ("Argument", "num_embeddings"): ("items", "more = Embedding(num_embeddings = 100, d = 16)"),
    ("Argument", "num_features"): ("items", "more = BatchNorm(num_features = 16)"),
    ("Argument", "num_heads"): ("items", "more = Attention(16, num_heads = 2)"),
    ("Argument", "out_channels"): ("items", "more = Conv2D(1, out_channels = 16, size = 3)"),
    ("Argument", "out_features"): ("items", "more = Linear(16, out_features = 16)"),
    ("Argument", "output_size"): ("items", "more = LSTM(16, output_size = 16)"),
    ("Argument", "params"): ("stage", STAGE % ("", "lr, params = 1")),
    ("Argument", "reduction"): ("body", "y = mse(x, x, reduction = 1)"),
    ("Argument", "requires_grad"): ("items", "more = Linear(16, 16, requires_grad = false)"),
    ("Argument", "strides"): ("items", "more = Conv2D(1, 16, 3, strides = 2)"),
    ("Argument", "total_steps"): ("stage", SCHEDULE % "total_steps = 10"),
    ("Argument", "units"): ("items", "more = Linear(16, units = 16)"),
    ("Argument", "use_bias"): ("items", "more = Linear(16, 16, use_bias = false)"),
    ("Argument", "weight_decay"): ("stage", STAGE % ("", "lr, weight_decay = 0.01")),
    ("Key", "lr"): ("rules", "batch 32;  epochs 1\nlr = 1e-3"),
    ("Key", "metric"): ("rules", "batch 32;  epochs 1\nmetric accuracy"),
    ("Key", "metrics"): ("rules", "batch 32;  epochs 1\nmetrics accuracy"),
    ("Key", "unfreeze"): ("rules", "batch 32;  epochs 1\nphase all { unfreeze body }"),
    ("Mark", "!"): ("body", "y = !(x > 0)"),
    ("Mark", "!=="): ("body", "y = x !== x"),
    ("Mark", '"""'): ("body", '"""Doubles its input:\n  it isn\'t much.\n"""\ny = 2 * x'),
    ("Mark", "$"): ("body", "y = $x"),
    ("Mark", "&"): ("body", "y = (x > 0) & (x < 1)"),
    ("Mark", "&&"): ("body", "y = x > 0 && x < 1"),
    ("Mark", "'"): ("body", "y = einsum('b t -> b', x)"),
    ("Mark", "''"): ("body", "y = ''"),
    ("Mark", "*="): ("body", "x *= 2"),
    ("Mark", "++"): ("body", "x++"),
    ("Mark", "+="): ("body", "x += up(image)"),
    ("Mark", "-="): ("body", "x -= 2"),
    ("Mark", "..."): ("body", "y = x[..., 0]"),
    ("Mark", "/*"): ("body", "/* Doubles its input:\n   it isn't much. */\ny = 2 * x"),
    ("Mark", "/="): ("body", "x /= 2"),
    ("Mark", ":="): ("body", "y := x"),
    ("Mark", "=>"): ("body", "f = v => v + 1"),
    ("Mark", "?"): ("body", "y = h > 4 ? x : -x"),
    ("Mark", "\\"): ("body", "y = x + \\\n  1"),
    ("Mark", "`"): ("body", "y = `x`"),
    ("Mark", "|"): ("body", "y = (x > 0) | (x < 1)"),
    ("Mark", "||"): ("body", "y = x > 0 || x < 1"),
    ("Mark", "~"): ("body", "y = ~(x > 0)"),
    ("Mark", "“"): ("body", "y = einsum(“b t -> b”, x)"),
    ("Mark", "”"): ("body", "y = ”x"),
    ("Mark", "→"): ("stage", "fn f(x: f32[b]) → f32[b] { x }"),
    ("Mark", "−"): ("body", "y = x − 1"),
    ("Colon", "argument"): ("items", "more = Linear(16, out: 8)"),
    ("Colon", "body"): ("body", "if h > 4:\n  y = x\n  z = y\nelse:\n  y = -x"),
    ("Colon", "index"): ("body", "y = x[:, 1:3]"),
    ("Colon", "key"): ("rules", "batch: 32\nepochs 1"),
    ("Colon", "local"): ("body", "y: real = 3"),
    ("Form", "tuple"): ("items", "more = Conv2D(1, 8, (3, 3))"),
}
USUAL = {"Name": "y = {}(x)", "Member": "y = x.{}()", "Mark": "y = x {} 2", "Type": "fn f(x: {}) {{ x }}\ndim n = f(1)", "Key": "batch 32;  epochs 1\n{} = 10"}
PLACE = {"Type": "stage", "Key": "rules"}
MARGIN = {"body": "    ", "items": "  ", "rules": "  "}


def entries():
    with open(os.path.join(ROOT, "compiler/syntax/Habits.def")) as f:
        for place, word, instead in re.findall(r'^HABIT\((\w+), "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\)$', f.read(), re.M):
            yield place, *(re.sub(r"\\(.)", r"\1", text) for text in (word, instead))


def problem(tlc, script, place, word, instead):
    done = subprocess.run([tlc, "check", "--json", script], cwd=os.path.dirname(script), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "TL_DATA": os.path.dirname(script)})
    errors = [m for m in json.loads(done.stdout or "[]") if m["severity"] == "error"]
    if len(errors) != 1:
        return f"{len(errors)} errors" + "".join(f"\n    {m['line']}: {m['message']} | {m['help']}" for m in errors) + done.stderr
    error = errors[0]
    if place == "Argument" and " " not in instead:
        isHelp = error["message"].endswith(f"did you mean `{instead}`?")
    else:
        isHelp = error["help"] == instead
    line = open(script, "rb").read().split(b"\n")[error["line"] - 1]
    marked = line[error["column"] - 1:error["column"] - 1 + error["length"]].decode()
    if not isHelp:
        return f"says {error['message']} | {error['help']}"
    if place not in ("Key", "Colon", "Form", "Argument") and marked != word and not (place in ("Name", "Type") and marked.startswith(word)):
        return f"marks {marked}"


def main(tlc, folder, only):
    snippets.prepare(folder)
    tried = failed = 0
    left = set(CASES)
    for place, word, instead in entries():
        left.discard((place, word))
        if only and word not in only:
            continue
        where, lines = CASES.get((place, word)) or (PLACE.get(place, "body"), USUAL[place].format(word) if place in USUAL else "")
        script = os.path.join(folder, f"{place}-{tried}.tl")
        with open(script, "w") as f:
            text = "".join(MARGIN.get(where, "") + line + "\n" for line in lines.split("\n"))
            f.write(snippets.whole(["with", where] if where else [], text))
        tried += 1
        if wrong := problem(tlc, script, place, word, instead):
            failed += 1
            print(f"{place} `{word}`: {wrong}")
    for place, word in left:
        print(f"no entry: {place} `{word}`")
    print(f"{tried} habits, {failed} failed")
    return 1 if failed or left or not tried else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]) if os.path.sep in sys.argv[1] else sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3:]))
