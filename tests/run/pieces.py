#!/usr/bin/env python3
"""Trains and measures scripts on data that is held whole and that is read in pieces, with 1 and 3 threads, killed and gone on with under
another budget: all leave the same bytes. A file that is changed under a run stops it, and it goes on once the file is what it was. Texts become a file of
tokens, which kills leave whole or not at all, and which is made again where it is damaged.

  pieces.py --tools BUILD/bin --work FOLDER [--count KILLS]
"""
import glob, json, os, random, shutil, signal, struct, subprocess, sys, time
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "../judge"), os.path.join(here, "../fixtures")]
from data import lengths
from crashing import Judge, contents, tests

judge = Judge(__doc__)
judge.buildFaultline()
draw = random.Random(judge.options.seed)
pieces = ["--data-budget", "0"]


def follow(name, script, sources):
    program = judge.build(name, script)
    flags = ["--threads", "1", "--checkpoint-every", "7"]
    expected, said = judge.trained(name + "-whole", program, flags)
    if "in pieces" in said:
        judge.failed("failures", f"{name}, held whole", said)
    for threads in ("1", "3"):
        got, said = judge.trained(name + "-pieces", program, pieces + ["--checkpoint-every", "7", "--threads", threads])
        judge.same(f"{name}, {threads} threads", expected, got)
        if said.count("read in pieces") != sources:
            judge.failed("failures", f"{name}, {threads} threads", said)
    for made in (name + "-counted", "tokens"):
        shutil.rmtree(made, ignore_errors=True)
    judge.run(program, ["--out", name + "-counted"] + flags + pieces, log="calls.txt")
    calls, kills = len(judge.calls("calls.txt")), judge.options.count or 4
    for number in range(kills):
        run = name + "-killed"
        for made in (run, "tokens"):
            shutil.rmtree(made, ignore_errors=True)
        at = 1 + calls * (number + 1) // (kills + 2)
        done = judge.run(program, ["--out", run] + flags + pieces * (number % 2), fault="kill", at=at)
        while done.returncode == -signal.SIGKILL:
            judge.add("kills")
            again = [f"--resume={run}"] if os.path.exists(run) else ["--out", run]
            done = judge.run(program, again + ["--checkpoint-every", "7", "--threads", str(draw.randint(1, 3))] + pieces * (1 - number % 2))
        if done.returncode:
            judge.failed("failures", f"{name} killed at call {at}", done.warned)
        judge.same(f"{name} killed at call {at}", expected, contents(run))


def followTokens(name, files):
    """A file of tokens is made, found, and where a byte of it is another made again; no bit of the run tells which."""
    program = os.path.join(judge.work, name)
    flags = ["--threads", "1", "--checkpoint-every", "7"]
    expected = contents(name + "-whole")
    shutil.rmtree("tokens", ignore_errors=True)
    for origin in ("made", "found", "made again, as its digest is", "found"):
        got, said = judge.trained(name + "-tokens", program, flags + pieces)
        judge.same(f"{name}, {origin}", expected, got)
        if said.count(", " + origin) != files or glob.glob("tokens/*.*"):
            judge.failed("failures", f"{name}, {origin}", said)
        if origin == "found":
            for file in glob.glob("tokens/*/tokens"):
                with open(file, "r+b") as f:
                    f.seek(100)
                    byte = f.read(1)[0]
                    f.seek(100)
                    f.write(bytes([byte ^ 1]))


def runUntilSaved(program, arguments, then):
    """Runs until there is a checkpoint that was not there at first, does `then`, and gives what the program ends with."""
    saved = lambda: set(os.listdir("changed/checkpoints")) if os.path.exists("changed/checkpoints") else set()
    before = saved()
    process = subprocess.Popen([program] + arguments + pieces + ["--checkpoint-every", "5"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not saved() - before:
        time.sleep(0.01)
    then(process)
    return process.communicate()[1], process.returncode


def change(script):
    with open(script) as f, open("endless.tl", "w") as out:
        out.write(f.read().replace("epochs 6", "epochs 1000000"))
    program = judge.build("endless", "endless.tl")
    shutil.rmtree("changed", ignore_errors=True)
    with open("data/long.csv", "r+") as f:
        kept = f.read()

        def write(text):
            f.seek(0)
            f.write(text)
            f.flush()
        said, code = runUntilSaved(program, ["--out", "changed"], lambda process: write(kept.replace("4.", "5.")))
        if code != 3 or "long.csv` was changed while the program runs" not in said or "go on with `--resume=changed` from the newest checkpoint" not in said:
            judge.failed("failures", f"changed, {code}", said)
        write(kept)
    said, code = runUntilSaved(program, ["--resume=changed"], lambda process: process.send_signal(signal.SIGTERM))
    if code != 143 or "resuming fit at step" not in said:
        judge.failed("failures", f"changed back, {code}", said)


table = f"{tests}/run/inputs/table.tl"
with open("data/long.csv", "w") as f:
    f.write("a,b,c,d,kind\n" + "".join(",".join(map(str, row[:4])) + f',"kind, {row[4]}"\n' + "\n" * (i % 5 == 0) for i, row in enumerate(lengths(300, 9))))
if not os.path.exists("data/sotu"):
    subprocess.run([sys.executable, f"{tests}/run/text_data.py", "data"], check=True)
os.makedirs("data/prepending", exist_ok=True)
with open("data/prepending/tokenizer.json", "w") as f:
    json.dump({"model": {"type": "WordLevel", "vocab": {"good": 0, "[U]": 1}, "unk_token": "[U]"}, "normalizer": {"type": "Prepend", "prepend": "x"}, "pre_tokenizer": {"type": "Whitespace"}}, f)
windows = f"{tests}/run/inputs/windows.tl"
follow("windows", windows, 2)
followTokens("windows", 2)
subprocess.run([sys.executable, f"{tests}/fixtures/texts.py", "data"], check=True)
subprocess.run([sys.executable, f"{tests}/fixtures/published.py", "data/tiny", "places=64"], check=True)
follow("texts", f"{tests}/run/inputs/texts.tl", 3)
followTokens("texts", 3)
follow("small", None, 2)
follow("table", table, 1)
change(table)
records = (1 << 22) - 1  # for another test
for name, shape in (("huge.idx", (records, 1 << 20)), ("huge.labels", (records,))):
    with open("data/" + name, "wb") as f:
        f.write(struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape))
        f.truncate(f.tell() + (records << 20 if shape[1:] else records))
judge.leave("differing", "failures")
