#!/usr/bin/env python3
"""Writes texts at random by the rules of grammar/TL.g4: each is read without a mistake, and means something only by luck.

  grammar_texts.py FOLDER SEED COUNT
"""
import os, random, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LEXEME = re.compile(r"\s+|//[^\n]*|#\s*\w+|<[^>]*>|'(?:\\.|[^'])*'|\w+|[:;|()*+?=]")
NAMES = """a b x y w net enc head train val test label image loss flowers points Linear relu LayerNorm Adam SGD mse cross_entropy reconstruction
accuracy class probability idx csv hash sum count exp select concat einsum iota training pi std nn f32 i32 u8 stats below best last cls ae
forward update at step steps lr gaussian normalize shift best early key f g h k m n""".split()
TOKENS = {
    "NUMBER": lambda r: r.choice(["0", "1", "2", "3", "4", "8", "0.5", "1e-3", "64", "100000", "1e9", "99999999999999999999", "-".strip("-") + "7"]),
    "FACTOR": lambda r: r.choice(["0.1x", "2x", "0x", "1x"]),
    "STRING": lambda r: r.choice(['""', '"Inputs/flowers.csv"', '"train-images-idx3-ubyte"', '"a b, b c -> a c"', '"kind"', '"%"', '"\\n"']),
    "ROLE": lambda r: r.choice(["@bias", "@norm", "@weight"]),
    "WORD": lambda r: r.choice(NAMES), "SEP": lambda r: "\n", "EOF": lambda r: "",
}


def read_grammar():
    """{rule: alternatives}; an alternative is a list of (kind, what, repeat), kind one of rule, token, text, group."""
    with open(os.path.join(ROOT, "grammar/TL.g4")) as f:
        text = f.read().split("grammar TL;")[1]
    lexemes = [t for t in LEXEME.findall(text) if not t.isspace() and not t.startswith(("//", "#", "<"))]
    rules, at = {}, 0

    def alternatives(closer):
        nonlocal at
        found = [[]]
        while lexemes[at] != closer:
            token = lexemes[at]
            at += 1
            if token == "|":
                found.append([])
                continue
            if lexemes[at] == "=" and token[0] != "'":  # a label: op='and'
                at += 1
                token = lexemes[at]
                at += 1
            if token == "(":
                item = ("group", alternatives(")"))
            elif token[0] == "'":
                item = ("text", token[1:-1])
            else:
                item = ("token" if token.isupper() else "rule", token)
            repeat = lexemes[at] if lexemes[at] in "?*+" else ""
            at += bool(repeat)
            found[-1].append((*item, repeat))
        at += 1
        return found

    while at < len(lexemes) and lexemes[at][0].islower():
        name = lexemes[at]
        at += 2
        rules[name] = alternatives(";")
    return rules


def heights(rules):
    """How deep the flattest text of each rule is nested."""
    known = {}

    def of(alternative):
        depths = [0]
        for kind, what, repeat in alternative:
            if repeat in ("?", "*"):
                continue
            depths.append(known.get(what, 1000) if kind == "rule" else min(map(of, what)) if kind == "group" else 0)
        return max(depths)

    for _ in rules:
        known.update({name: 1 + min(map(of, alternatives)) for name, alternatives in rules.items()})
    return known, of


def derive(rules, of, chance, name, budget, out):
    if name == "name":
        out.append(chance.choice(NAMES) if chance.random() < 0.97 else chance.choice(rules["name"])[0][1].replace("WORD", "zzz"))
        return
    follow(rules, of, chance, rules[name], budget, out)


def follow(rules, of, chance, alternatives, budget, out):
    fitting = [a for a in alternatives if of(a) < budget]
    for kind, what, repeat in chance.choice(fitting) if fitting else min(alternatives, key=of):
        times = {"": 1, "?": chance.randrange(2), "*": chance.choice([0, 1, 1, 2, 4]), "+": 1}[repeat]
        for _ in range(times if repeat == "" or len(out) < 600 and budget > 0 else 0):
            if kind == "rule":
                derive(rules, of, chance, what, budget - 1, out)
            elif kind == "group":
                follow(rules, of, chance, what, budget, out)
            else:
                out.append(TOKENS[what](chance) if kind == "token" else what)


def write(folder, seed, count):
    rules = read_grammar()
    of = heights(rules)[1]
    os.makedirs(folder, exist_ok=True)
    chance = random.Random(seed)
    for number in range(count):
        words = []
        for _ in range(chance.choice([1, 1, 2, 3, 6])):
            derive(rules, of, chance, "declaration", chance.choice([5, 8, 12, 16]), words)
        with open(os.path.join(folder, f"grammar-{number}.tl"), "w") as f:
            f.write(" ".join(words))


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
