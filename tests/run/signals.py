#!/usr/bin/env python3
"""Stops a training program with SIGTERM and SIGINT, resumes it, and compares the last checkpoints and the metrics with an
uninterrupted run; then sends the signal twice.

  signals.py PROGRAM FOLDER
"""
import glob, os, shutil, signal, subprocess, sys, time

program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
os.chdir(folder)
failures = []


def start(arguments):
    return subprocess.Popen([program, "--threads", "1"] + arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.0005)


def last(run, stage):
    path = sorted(glob.glob(f"{run}/checkpoints/{stage}-*"))[-1]
    return {name: open(os.path.join(path, name), "rb").read() for name in os.listdir(path)}


for name in ("whole", "stopped", "twice"):
    shutil.rmtree(name, ignore_errors=True)
assert start(["--out", "whole"]).wait() == 0

for number, moment in ((signal.SIGTERM, "stopped/metrics.jsonl"), (signal.SIGINT, sorted(glob.glob("whole/checkpoints/ae-*"))[-1].replace("whole", "stopped"))):
    process = start(["--resume=stopped"] if os.path.exists("stopped/settings.json") else ["--out", "stopped"])
    wait_for(moment)
    process.send_signal(number)
    said = process.stderr.read()
    if process.wait() != 128 + number or ", saved; go on with `--resume=stopped`" not in said:
        failures.append(f"signal {number}: ended with {process.returncode}, saying\n{said}")
assert start(["--resume=stopped"]).wait() == 0
for stage in ("ae", "cls"):
    if last("whole", stage) != last("stopped", stage):
        failures.append(f"the last checkpoint of {stage} differs")
if open("whole/metrics.jsonl").read() != open("stopped/metrics.jsonl").read():
    failures.append("the metrics differ")

# The second signal does not wait for a save: with standard error full, the program hangs in what it says after saving.
process = start(["--out", "twice"])
wait_for("twice/metrics.jsonl")
process.send_signal(signal.SIGTERM)
process.send_signal(signal.SIGINT)
if process.wait() not in (130, 143):
    failures.append(f"two signals: ended with {process.returncode}")
print("\n".join(failures))
sys.exit(1 if failures else 0)
