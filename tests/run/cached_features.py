#!/usr/bin/env python3
"""Trains and measures a script whose phases freeze a backbone with features cached and not, with 1 to 3 threads, killed and gone on with: all
leave the same bytes.

  cached_features.py --tools BUILD/bin --work FOLDER [--count KILLS]
"""
import os, random, shutil, signal, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../judge"))
from crashing import Judge, contents, tests

judge = Judge(__doc__)
judge.buildFaultline()
draw = random.Random(judge.options.seed)
script = f"{tests}/run/inputs/frozen.tl"
cached = judge.build("cached", script)
subprocess.run([judge.tlc, "build", "--without=cache", script, "-o", "whole"], check=True)
whole = os.path.abspath("whole")


expected, said = judge.trained("first", cached, ["--threads", "1"])
for phase, isCached in (("first", True), ("whole", False), ("again", True), ("upper", True)):
    for where in ("", "in evaluation "):
        if (f"phase cls/{phase}: {where}features of" in said) != isCached:
            judge.failed("failures", where + phase, said)
if "phase cls/whole: features" in said or "phase cls/whole: nothing" in said:
    judge.failed("failures", "a phase that freezes nothing", said)

got, said = judge.trained("other", cached, ["--threads", "1", "--cache-budget", "0"])
judge.same("no budget", expected, got)
if said.count("features are computed anew at each step") != 3 or said.count("in evaluation features are computed anew at each batch") != 3 or "are cached" in said:
    judge.failed("failures", "no budget", said)
got, said = judge.trained("other", whole, ["--threads", "1"])
judge.same("a step in one piece", expected, got)
if "features" in said:
    judge.failed("failures", "a step in one piece", said)
for threads in ("2", "3"):
    judge.same(f"{threads} threads", expected, judge.trained("other", cached, ["--threads", threads])[0])

# Each epoch meets other records: some of a batch are kept already, others are not.
few = ["--threads", "1", "--limit-batches", "5"]
judge.same("part of the records", judge.trained("other", whole, few)[0], judge.trained("few", cached, few)[0])

# In the middle of epochs, so that what is kept is lost and made anew in another order.
flags = ["--threads", "1", "--checkpoint-every", "4"]
expected, _ = judge.trained("first", cached, flags)
shutil.rmtree("counted", ignore_errors=True)
judge.run(cached, ["--out", "counted"] + flags, log="calls.txt")
calls = len(judge.calls("calls.txt"))
for number in range(judge.options.count or 6):
    shutil.rmtree("other", ignore_errors=True)
    at, kills = 1 + calls * (number + 1) // (2 + (judge.options.count or 6)), 0
    done = judge.run(cached, ["--out", "other"] + flags, fault="kill", at=at)
    while done.returncode == -signal.SIGKILL:
        kills += 1
        again = ["--resume=other", "--checkpoint-every", "4", "--threads", str(draw.randint(1, 3))] + draw.choice([[], [], ["--cache-budget", "0"]])
        done = judge.run(cached, again, **({"fault": "kill", "at": draw.randint(calls // 8, calls)} if kills < 3 else {}))
    if done.returncode:
        judge.failed("failures", f"killed at call {at}", done.warned)
    judge.add("kills", kills)
    judge.same(f"killed at call {at}", expected, contents("other"))
judge.leave("differing", "failures")
