#!/usr/bin/env python3
"""Logs the system calls of whole runs and holds them against the order of saving: bytes, their fsync, the name, the fsync of
its folder, and only then a word of it; the log before the checkpoint that counts on it; a checkpoint is never written to; what
is removed has its successor on disk; a failed fsync is not tried again. Then takes each fsync out of the log: that is noticed.

  order.py --tools BUILD/bin --work FOLDER [--seed S] [--count N] [--seconds T]

N is how many runs are logged, 6 without it.
"""
import os, random, shutil, subprocess
from crashing import Judge
import durable

judge = Judge(__doc__)
draw = random.Random(judge.options.seed)
programs = {name: judge.build(name) for name in ("small", "rich")}


def trace(program, arguments, inject=None):
    """The calls of one run, and how it ended."""
    command = ["strace", "-f", "-y", "-s", "300", "-o", "log.txt", "-e", "trace=" + durable.TRACED]
    done = subprocess.run(command + (["-e", "inject=" + inject] if inject else []) + [program] + arguments, capture_output=True, text=True)
    return list(durable.lines("log.txt")), done


def judgeRun(case, program, arguments, inject=None, codes=(0,), run="run"):
    """One run: none of the rules broken, and something claimed."""
    before = "before/" + os.path.basename(run)
    shutil.rmtree("before", ignore_errors=True)
    if os.path.isdir(run):
        shutil.copytree(run, before)
    log, done = trace(program, arguments, inject)
    after = os.path.abspath(run)
    shutil.rmtree("after", ignore_errors=True)
    if os.path.isdir(run):
        os.rename(run, "after")
    if os.path.isdir(before):
        shutil.copytree(before, run)
    broken, claims = durable.check(log, run)
    judge.add("logged runs")
    judge.add("calls", len(log))
    if done.returncode == 0 and "note: the report is not complete" in done.stderr:
        codes += (0,)  # a run can do without
    if broken or done.returncode not in codes or (done.returncode == 0 and claims == 0):
        judge.failed("failures", case, f"ended with {done.returncode}, {claims} claims: " + "; ".join(broken[:5]) + done.stderr[-300:])
    return log, after


def restore():
    shutil.rmtree("run", ignore_errors=True)
    if os.path.isdir("after"):
        os.rename("after", "run")


def noticed(log):
    """Each fsync that had something to do is taken out of the log in its turn."""
    for at in durable.syncs(log, "run"):
        judge.add("fsyncs taken out")
        if not durable.check(log[:at] + log[at + 1:], "run")[0]:
            judge.add("not noticed")
            print("not noticed:", at, log[at][1])


for number in range(judge.options.count or 6):
    if judge.isOver():
        break
    program = programs[("small", "rich")[number % 2]]
    flags = ["--threads", "1"] + (["--checkpoint-every", str(draw.randint(2, 9))] if number % 3 else [])
    shutil.rmtree("run", ignore_errors=True)
    if number < 2:
        log, _ = judgeRun(f"{number} whole", program, ["--out", "run"] + flags)
        noticed(log)
        restore()
        continue
    # Stopped, gone on with and stopped by a failing disk, gone on with.
    judgeRun(f"{number} stopped", program, ["--out", "run"] + flags, f"fsync:signal=SIGTERM:when={draw.randint(5, 40)}", (143,))
    restore()
    judgeRun(f"{number} failing", program, ["--resume=run"] + flags, f"fsync:error=EIO:when={draw.randint(1, 30)}", (3,))
    restore()
    judgeRun(f"{number} gone on", program, ["--resume=run"] + flags)
    restore()
judge.leave("failures", "not noticed")
