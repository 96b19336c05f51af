#!/usr/bin/env python3
"""Points in three classes, and what a search leaves.

  tune.py make FOLDER
  tune.py check RUN SEED                  its journals say what their methods decide, its summary what they say
  tune.py same RUN OTHER                  both have the same journals, logs, weights and summary
  tune.py killed PROGRAM RUN FLAG…        trains in RUN, killed and resumed until it ends by itself
  tune.py page RUN                        its report is well formed and has every trial
  tune.py cut JOURNAL                     leaves a part of the last line
  tune.py lose RUN                        does to a run what a loss of power may do to trials that were short
  tune.py kept RUN OTHER                  both are the same but for trials that nobody needs again
  tune.py short PROGRAM RUN FLAG…         trials that are short bring nothing to disk; each result is brought there once
  tune.py ended PROGRAM RUN SIGNAL        ended by a signal, a trial that is long, or told to stop, has on disk what it goes on from
  tune.py alone SCRIPT RUN STAGE FLAG…    one trial of each combination of dims has the weights that the script trains when it says the trial's values
  tune.py asked LIBRARY RUN ANSWER        the library answers as the program has, in the file ANSWER
"""
import ctypes, functools, glob, hashlib, html.parser, json, math, os, re, shutil, signal, subprocess, sys, time
for room in "fixtures", "judge":
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", room))
import durable, runs
from philox import philox


def make(folder):
    with open(os.path.join(folder, "points.csv"), "w") as f:
        for i in range(600):
            x = [math.sin(1.7 * i * (j + 1)) + math.cos(0.3 * i + j) for j in range(4)]
            f.write(",".join(f"{v:.6f}" for v in x) + f",{(x[0] > 0) + (x[1] * x[2] > 0.1 * math.sin(9 * i))}\n")


def read(run, name):
    with open(os.path.join(run, name)) as f:
        return [json.loads(line) for line in f] if name.endswith("jsonl") else json.load(f)


def uniform(seed, trial, purpose, n):
    words = philox((n, trial, 0x74756E65, purpose), (seed & 0xFFFFFFFF, seed >> 32))
    return ((words[0] << 32 | words[1]) >> 11) / 2**53


def quasi_random(seed, trial, settings):
    """Of a Kronecker sequence by the root of x^(d+1) = x + 1, shifted."""
    d = len(settings)
    root = 2.0
    for _ in range(64):
        root = (1 + root) ** (1 / (d + 1))
    return [(uniform(seed, 0, 1, i) + trial * root ** -(i + 1)) % 1 for i in range(d)]


def check(run, seed):
    tuned, lines = read(run, "summary.json")["tune"], read(run, "tune/fit/trials.jsonl")
    lr, decay = tuned["fit"]["settings"]
    assert [s["name"] for s in (lr, decay)] == ["lr", "decay"] and lr["log"] and not decay["log"]
    first = {line["trial"]: line for line in lines if line["rung"] == 0}
    assert sorted(first) == list(range(14)), sorted(first)
    for trial in range(6):  # those before the first that looks at results
        u = quasi_random(seed, trial, [lr, decay])
        expected = [float(f"{1e-3 * 1000 ** u[0]:.4g}"), float(f"{0.1 * u[1]:.4g}")]
        assert list(first[trial]["settings"].values()) == expected, (trial, first[trial], expected)
    epochs = {0: 1, 1: 3, 2: 9}
    seen = {0: [], 1: [], 2: []}
    for line in lines:  # who goes on was among the best third of its rung when that was decided, which the lines before show, or nobody else was left
        assert line["epochs"] == epochs[line["rung"]] and list(line["settings"].values()) == list(first[line["trial"]]["settings"].values())
        if line["rung"]:
            before = [other for other in seen[line["rung"] - 1] if other[1] == line["trial"]]
            assert len(before) == 1, line
        seen[line["rung"]].append((line["value"], line["trial"]))
    assert len(seen[1]) >= 14 // 3 and seen[2], seen
    best_of_rung_0 = sorted(value for value, _ in seen[0])
    assert any(value == best_of_rung_0[0] and any(t == trial for _, t in seen[1]) for value, trial in seen[0])
    assert (min(seen[2])[1]) == tuned["fit"]["winner"], (seen[2], tuned["fit"]["winner"])
    ended = read(run, "summary.json")["stages"]["fit"]
    assert ended["best"]["val.loss"] == min(seen[2])[0], ended
    settings = first[tuned["fit"]["winner"]]["settings"]
    assert tuned["fit"]["script"] == ";  ".join(f"param {name} = {json.dumps(value)}" for name, value in settings.items()).replace("e-0", "e-0"), tuned["fit"]["script"]
    grid = read(run, "tune/grid/trials.jsonl")
    assert [tuple(line["settings"].values()) for line in grid] == [(rank, even) for rank in (1, 2, 3) for even in (1, 0)], grid
    assert max((line["value"], -line["trial"]) for line in grid)[1] == -tuned["grid"]["winner"]
    # The winner's curve is that of the stage.
    epochs = [line for line in read(run, "metrics.jsonl") if line["event"] == "epoch"]
    assert [line["epoch"] for line in epochs if line["stage"] == "fit"] == list(range(1, 10)), epochs
    assert min(line["val.loss"] for line in epochs if line["stage"] == "fit") == min(seen[2])[0]
    print(len(lines), "results", {rung: len(of) for rung, of in seen.items()})


def killed(command, run, flags):
    kills, wait = 0, 0.01
    while True:
        process = subprocess.Popen([command, f"--resume={run}" if os.path.exists(f"{run}/settings.json") else f"--out={run}", *flags], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            said = process.communicate(timeout=wait)[1]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM if kills % 4 == 3 else signal.SIGKILL)
            said = process.communicate()[1]
        if process.returncode == 0:
            break
        assert process.returncode in (-9, -15, 143), (process.returncode, said.decode())  # -15: before it watched for signals
        kills, wait = kills + 1, wait * 1.12
    print(kills, "kills")
    assert kills >= 3, kills


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.said, self.titles = [], "", []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, name, attributes):
        if name != "meta":
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open and self.open.pop() == name, name

    def handle_data(self, data):
        self.said += data
        if self.open and self.open[-1] == "title":
            self.titles.append(data)


def page(run):
    with open(os.path.join(run, "report.html"), encoding="utf-8") as f:
        page = Page(f.read())
    for stage, search in read(run, "summary.json")["tune"].items():
        assert search["script"] in page.said, stage
        for number, trial in enumerate(search["trials"]):
            values = "".join(f", {setting['name']} {value:.15g}" for setting, value in zip(search["settings"], trial["settings"]))
            assert f"trial {number}{values}, {search['goal']} {trial['value']:.17g}"[:-4] in " ".join(page.titles), (stage, number, values)
    print(len(page.titles), "titles")


def weights(run, stage):
    """Those of its last checkpoint."""
    newest = max(glob.glob(os.path.join(run, "checkpoints", f"{stage}-*")))
    return [hashlib.sha256(open(path, "rb").read()).hexdigest() for path in sorted(glob.glob(os.path.join(newest, "*.safetensors")))]


def alone(script, run, stage, flags):
    with open(script) as f:
        text = re.sub(r"tune \w+ {.*?\n}\n", "", f.read().replace(".tuned", ""), flags=re.S)
    dims, tried = read(run, "settings.json")["dims"], set()
    for line in sorted(read(run, f"tune/{stage}/trials.jsonl"), key=lambda line: -line["rung"]):
        own = {name: value for name, value in line["settings"].items() if name in dims}
        if tuple(own.values()) in tried:
            continue
        tried.add(tuple(own.values()))
        trial = f"{run}/tune/{stage}/trial-{line['trial']:03}"
        assert {name: value for name, value in read(trial, "settings.json")["dims"].items() if name in own} == own, trial
        with open("alone.tl", "w") as f:
            f.write(functools.reduce(lambda text, dim: re.sub(rf"(?m)^dim {dim[0]} = .*$", f"dim {dim[0]} = {dim[1]:g}", text), own.items(), text))
        subprocess.run(["tlc", "build", "alone.tl", "-o", "alone"], check=True)
        out = f"alone-{line['trial']}"
        params = [word for name, value in line["settings"].items() if name not in dims for word in (f"--{name}", repr(value))]
        subprocess.run(["./alone", stage, "--out", out, *params, *flags], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        last = [each for each in read(out, "metrics.jsonl") if each["event"] == "epoch"]
        mine = [each for each in read(trial, "metrics.jsonl") if each["event"] == "epoch"]
        assert mine == last[:len(mine)], (trial, mine, last)
        if len(mine) == len(last):
            assert weights(out, stage) == weights(trial, stage), trial
            print("all of", trial, own)
    print(len(tried), "combinations")
    assert len(tried) >= 3, tried


def asked(library, run, answer):
    model = ctypes.CDLL(library)
    model.tlOpen.restype = model.tlInput.restype = model.tlOutput.restype = ctypes.c_void_p
    problem, size = ctypes.create_string_buffer(1000), ctypes.c_size_t()
    opened = ctypes.c_void_p(model.tlOpen(b"predict", run.encode(), 1, problem, 1000))
    assert opened.value, problem.value
    (ctypes.c_float * 4).from_address(model.tlInput(opened, b"x", ctypes.byref(size)))[:] = [1, 2, 3, 4]
    model.tlRun(opened, ctypes.c_int64(0))
    said = ctypes.c_float.from_address(model.tlOutput(opened, b"probability", ctypes.byref(size))).value
    with open(answer) as f:
        assert abs(json.load(f)["probability"] - said) < 1e-6, said


def cut(journal):
    with open(journal) as f:
        lines = f.readlines()
    with open(journal, "w") as f:
        f.write("".join(lines[:-1]) + lines[-1][:20])


def lose(run):
    """The last results of a journal are not known yet, as far back as each is of another trial; of each trial something is missing; of the other search, the winner."""
    journal = f"{run}/tune/fit/trials.jsonl"
    with open(journal) as f:
        lines = f.readlines()
    removed = set()
    while (trial := json.loads(lines[-1])["trial"]) not in removed:
        removed.add(trial)
        lines.pop()
    assert len(removed) > 3, removed
    with open(journal, "w") as f:
        f.writelines(lines)
    for number, trial in enumerate(sorted(glob.glob(f"{run}/tune/fit/trial-*"))):
        newest = max(glob.glob(f"{trial}/checkpoints/fit-*"))
        if number % 5 == 0:
            shutil.rmtree(trial)
        elif number % 5 == 4:
            shutil.rmtree(newest)
        else:
            open([f"{newest}/weights.safetensors", f"{trial}/metrics.jsonl", f"{trial}/settings.json"][number % 5 - 1], "w").close()
    shutil.rmtree(f"{run}/tune/grid/trial-{read(run, 'summary.json')['tune']['grid']['winner']:03}")


def kept(run, other):
    winners = [f"tune/{stage}/trial-{tuned['winner']:03}/" for stage, tuned in read(run, "summary.json")["tune"].items()]
    names = [name for name in runs.files(run) if "/trial-" not in name or name.startswith(tuple(winners))]
    assert sum("/trial-" in name for name in names) > 2 * len(winners), names
    for name in names:
        assert runs.content(run, name) == runs.content(other, name), name
    print(len(names), "files")


def traced(command, calls, what):
    return ["strace", "-f", "-y", "-s", "300", "-o", calls, "-e", "trace=" + what, *command]


def short(program, run, flags):
    subprocess.run(traced([program, "--out", run, *flags], "calls.txt", "fsync"), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open("calls.txt") as f:
        synced = re.findall(r"fsync\(\d+<([^>]*)>", f.read())
    assert not [path for path in synced if "/trial-" in path], synced
    for stage in read(run, "summary.json")["tune"]:
        results = len(read(run, f"tune/{stage}/trials.jsonl"))
        assert sum(path.endswith(f"tune/{stage}/trials.jsonl") for path in synced) == results > 0, synced


def ended(program, run, by):
    process = subprocess.Popen(traced([program, "--out", run, "--threads", "1"], "calls.txt", durable.TRACED), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    trial = os.path.abspath(f"{run}/tune/fit/trial-000")
    while not glob.glob(f"{trial}/checkpoints/fit-?????????"):
        time.sleep(0.02)
    if by == "KILL":  # the trial has become long meanwhile
        time.sleep(4)
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as f:
        os.kill(int(f.read().split()[0]), signal.Signals["SIG" + by])
    process.wait()
    shutil.rmtree("after", ignore_errors=True)
    os.rename(run, "after")
    disk = durable.Disk(run)
    for call in durable.lines("calls.txt"):
        disk.follow(*call)
    names = disk.find(trial).names
    above = [disk.find(os.path.dirname(trial)), disk.find(trial), names["checkpoints"], names["tb"]]
    assert all(node.isNamed for node in above)
    found = [name for name, node in names["checkpoints"].names.items() if node.saved and ".tmp-" not in name and not disk.loose(node, name)]
    assert found, "no checkpoint is on disk"
    loose = [name for name in disk.loose(disk.find(trial), "") if "messages.txt" not in name]
    assert by == "KILL" or not loose, loose
    print(sorted(found), loose)


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "make":
        make(given[0])
    elif what == "check":
        check(given[0], int(given[1]))
    elif what == "same":
        runs.compare(*given)
    elif what == "killed":
        killed(given[0], given[1], given[2:])
    elif what == "page":
        page(given[0])
    elif what == "alone":
        alone(*given[:3], given[3:])
    elif what == "asked":
        asked(*given)
    elif what == "lose":
        lose(given[0])
    elif what == "kept":
        kept(*given)
    elif what == "short":
        short(given[0], given[1], given[2:])
    elif what == "ended":
        ended(*given)
    else:
        cut(given[0])
