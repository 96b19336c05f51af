#!/usr/bin/env python3
"""Kills a training program with SIGKILL at random moments and resumes it until it is through, then compares what it
leaves with an uninterrupted run: every checkpoint, the metrics and the events, byte for byte.

  kill_resume.py PROGRAM FOLDER KILLS [SEED]
"""
import os, random, shutil, signal, subprocess, sys, time

program, folder, kills = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
draw = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 0)
quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder)
CLOCKED = ("timing.jsonl", "summary.json", "settings.json")  # what may know the time, the machine or the command line


def files(run):
    found = {}
    for place, _, names in os.walk(run):
        for name in names:
            path = os.path.join(place, name)
            if name not in CLOCKED:
                with open(path, "rb") as f:
                    found[os.path.relpath(path, run)] = f.read()
    return found


def start(arguments):
    return subprocess.Popen([program, "--threads", "1", "--checkpoint-every", "7"] + arguments, **quiet)


os.makedirs(folder, exist_ok=True)
for name in ("whole", "killed"):
    shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
begin = time.time()
whole = start(["--out", "whole"])
if whole.wait():
    sys.exit(f"the uninterrupted run ended with {whole.returncode}: {whole.stderr.read().decode()[-500:]}")
seconds = time.time() - begin
done, rounds = 0, 0
while True:
    exists = os.path.exists(os.path.join(folder, "killed", "settings.json"))
    process = start(["--resume=killed"] if exists else ["--out", "killed"])
    if done < kills:
        time.sleep(draw.random() * seconds / 2 + 0.002)  # half a run: every part of it is met, and most runs take several kills
        if process.poll() is None:
            process.send_signal(signal.SIGKILL); process.wait(); done += 1
            continue
    code, said = process.wait(), process.stderr.read().decode()
    rounds += 1
    if code:
        sys.exit(f"after {done} kills: ended with {code}: {said[-500:]}")
    if done >= kills:
        break
    expected, got = files(os.path.join(folder, "whole")), files(os.path.join(folder, "killed"))
    if any(got.get(name) != expected[name] for name in expected):
        break
    shutil.rmtree(os.path.join(folder, "killed"))  # through before the last kill: once more from the start
expected, got = files(os.path.join(folder, "whole")), files(os.path.join(folder, "killed"))
differing = sorted(name for name in expected if expected[name] != got.get(name))
left = sorted(got.keys() - expected.keys())
print(f"{done} kills over {rounds} finished runs, {len(expected)} files, {len(differing)} differ, {len(left)} left over" + "".join(f"\n  {name}" for name in differing + left))
sys.exit(1 if differing or left or not expected else 0)
