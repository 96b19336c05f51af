#!/usr/bin/env python3
"""Damages checkpoints as bad disks and hasty hands do, and holds what the programs say against what is expected of them.

  bad_checkpoints.py FOLDER      with the programs `small` and `other`, of the same stages but another model
"""
import glob, json, os, re, shutil, subprocess, sys, zlib

os.chdir(sys.argv[1])
failures = 0


def damage(how, pattern):
    path = sorted(glob.glob(pattern))[-1]
    with open(path, "rb") as f:
        content = bytearray(f.read())
    if how == "truncate":
        content = content[: len(content) * 2 // 3]
    elif how == "flip":
        content[len(content) // 2] ^= 16
    else:
        content = how.encode()
    with open(path, "wb") as f:
        f.write(content)


def run(arguments, data="."):
    return subprocess.run(arguments, env=dict(os.environ, TL_DATA=os.path.abspath(data)), text=True, capture_output=True)


def expect(what, got, code, text):
    global failures
    if got.returncode != code or not re.search(text, got.stderr):
        failures += 1
        print(f"{what}: ended with {got.returncode}, expected {code}, and said\n{got.stderr}expected\n{text}\n")


def copy(name):
    shutil.rmtree(name, ignore_errors=True)
    shutil.copytree("run", name)
    return name


shutil.rmtree("run", ignore_errors=True)
expect("a good run", run(["./small", "--max-steps", "20", "--out", "run"]), 0, "")

for how in ("truncate", "flip"):
    damage(how, copy("damaged") + "/checkpoints/cls-*/weights.safetensors")
    for command in (["./small", "test", "--run", "damaged"], ["./small", "predict", "--run", "damaged"]):
        expect(f"{how} weights, {command}", run(command), 3,
               r"`damaged/checkpoints/cls-\d+/weights.safetensors` is damaged: its CRC-32 is \w+, and was \w+ when it was saved; "
               r"delete the folder `damaged/checkpoints/cls-\d+` to go on from the checkpoint before it")
newest = sorted(glob.glob("run/checkpoints/cls-*"))[-1]
name = os.path.basename(newest)
with open("run/summary.json") as f:
    best = json.load(f)["stages"]["cls"]["best"]["checkpoint"]
shutil.rmtree(copy("damaged") + "/checkpoints/" + best)
for which, command in (("best", ["./small", "test"]), ("best", ["./small", "predict"]), ("best", ["./small", "export", "cls.best", "out.safetensors"])):
    expect(f"a missing best checkpoint, {command}", run(command + ["--run", "damaged"]), 3,
           rf"the best checkpoint of stage `cls`, `damaged/checkpoints/{best}`,? is missing")
shutil.rmtree(copy("damaged") + "/checkpoints/" + name)
expect("a missing last checkpoint", run(["./small", "test", "--run", "damaged", "--which", "last"]), 3,
       rf"the last checkpoint of stage `cls`, `damaged/checkpoints/{name}`, is missing; the newest that there is knows of `cls-\d+`; bring the folder back, or go on")
os.remove(copy("damaged") + f"/checkpoints/{name}/sums.safetensors")
expect("a checkpoint with a file missing", run(["./small", "test", "--run", "damaged"]), 3,
       rf"`damaged/checkpoints/{name}`, the newest checkpoint of stage `cls`, lacks one of its files; bring it back, or delete the folder")
damage("{", copy("damaged") + "/checkpoints/cls-*/state.json")
expect("bad state", run(["./small", "test", "--run", "damaged"]), 3, r"cls-\d+/state.json` is damaged, it is not the state of a training \(parse error at line 1")
path = sorted(glob.glob(copy("damaged") + "/checkpoints/cls-*/state.json"))[-1]
with open(path) as f:
    state = re.sub(r'"phase": \d+', '"phase": 7', f.read().replace('"finished": true', '"finished": false'))
state = re.sub(r'(?<="digest": ")\w+', "0" * 8, state)
with open(path, "w") as f:  # with the digest of what it says now: sound in all but its sense
    f.write(state.replace("0" * 8, "%08x" % zlib.crc32(state.encode()), 1))
expect("a phase too far", run(["./small", "--resume=damaged"]), 3,
       r"checkpoint `damaged/checkpoints/cls-\d+` is of phase 7, stage `cls` has \d+")
damage("{", copy("damaged") + "/settings.json")
expect("bad settings", run(["./small", "--resume=damaged"]), 3, r"`damaged/settings.json` is not the settings of a run")

expect("another model", run(["./other", "test", "--run", "run"]), 3,
       r"weights.safetensors` is a checkpoint of another model than stage `cls` trains:\n  `enc.net\[0\].w` has f32\[64, 48\], this program wants f32\[64, 40\]")
expect("another program", run(["./other", "--resume=run"]), 3,
       r"cannot resume `run`: it was made by a program that computes something else \(digest \w+, this one has digest \w+\): .*; compile `run/source.tl` to go on")
expect("another value", run(["./small", "--resume=run", "--lr", "0.5"]), 3,
       r"cannot resume `run`: it was started with `--lr` 0.002, not 0.5; leave the flag out to go on, or start a new run with another `--out`")
expect("no run", run(["./small", "--resume=nowhere"]), 3, "there is no run to resume in `nowhere`")
expect("an old run", run(["./small", "--out", "run"]), 2, "`run` already holds a run; continue it with `--resume`, or choose another `--out`")

expect("two folders", run(["./small", "--resume=run", "--out", "elsewhere"]), 2,
       "`--resume=run` goes on in that folder, and `--out elsewhere` names another one; leave out `--out` to go on")
expect("one folder, written twice", run(["./small", "--resume=run", "--out", "./run/"]), 0, "stage cls is finished already")

shutil.rmtree("changed", ignore_errors=True)
os.mkdir("changed")
for path in glob.glob("*-ubyte"):
    shutil.copy(path, "changed")
damage("flip", "changed/train-images-idx3-ubyte")
expect("changed data", run(["./small", "--resume=run"], "changed"), 3,
       r"cannot resume `run`: `digits.train` was data with CRC-32 \w+ when it was started, and is data with CRC-32 \w+ now; set TL_DATA")

sys.exit(1 if failures else 0)
