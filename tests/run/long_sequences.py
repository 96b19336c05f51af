#!/usr/bin/env python3
"""What `tlc explain` says of a script at 1024, 2048 and 4096 places, causal and not; and that 4096 train, in that memory.

  long_sequences.py SCRIPT FOLDER
"""
import json, os, re, subprocess, sys

with open(sys.argv[1]) as f:
    script = f.read()
folder = sys.argv[2]
LENGTHS = 1024, 2048, 4096


def write(length, is_causal):
    path = os.path.join(folder, f"places{length}{'' if is_causal else 'all'}.tl")
    with open(path, "w") as f:
        f.write(script.replace("1024", str(length)).replace("causal = true", f"causal = {str(is_causal).lower()}"))
    return path


def explained(path):
    """Work memory in MiB, operations of a step in Gflop."""
    text = subprocess.run(["tlc", "explain", path], check=True, stdout=subprocess.PIPE, text=True, cwd=folder).stdout
    amount = lambda name, unit: float(re.search(rf"^ +{name} +([0-9.,]+) {unit}$", text, re.M)[1].replace(",", ""))
    return amount("work", "MiB"), amount("step", "Gflop")


failed = False


def expect(is_so, what):
    global failed
    failed |= not is_so
    print("ok    " if is_so else "WRONG ", what)


causal = [explained(write(length, True)) for length in LENGTHS]
every = [explained(write(length, False)) for length in LENGTHS]
for lengths in causal, every:
    work = [memory for memory, _ in lengths]
    growth = [b / a for a, b in zip(work, work[1:])]
    expect(max(growth) < 2.05, f"work memory grows with the length alone: {work} MiB")
    square = 2 * 4 * LENGTHS[-1] ** 2 * 4 / 2**20
    expect(work[-1] < square / 4, f"it is less than a square of scores takes: {work[-1]} of {square} MiB")
shares = [a / b for (_, a), (_, b) in zip(causal, every)]
expect(all(a > b for a, b in zip(shares, shares[1:])), f"the longer, the more a causal step leaves out: {shares}")
expect(shares[-1] < 0.6, f"at 4096, nearly half: {shares[-1]}")

# What is stored by a program that fuses nothing gives the same losses.
losses = []
for name, how in ("tiled", []), ("stored", ["--without=fuse"]):
    subprocess.run(["tlc", "build", write(1024, True), *how, "-o", name], check=True, cwd=folder)
    subprocess.run([f"./{name}", "--log-every", "1", "--out", "run-" + name], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(os.path.join(folder, "run-" + name, "metrics.jsonl")) as f:
        losses.append([line["step.loss"] for line in map(json.loads, f) if "step.loss" in line])
apart = max(abs(a - b) / b for a, b in zip(*losses))
expect(len(losses[0]) == len(losses[1]) >= 8 and apart < 1e-5, f"losses are those of stored scores: {len(losses[0])} of them, {apart:.0e} apart")

# Trained on one thread and on three, it gives the same weights.
subprocess.run(["tlc", "build", write(4096, True), "-o", "longest"], check=True, cwd=folder)
weights = []
for threads in "1", "3":
    run = os.path.join(folder, "run" + threads)
    subprocess.run(["./longest", "--max-steps", "2", "--threads", threads, "--out", run], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["./longest", "export", "fit.last", f"w{threads}.safetensors", "--run", run], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, f"w{threads}.safetensors"), "rb") as f:
        weights.append(f.read())
expect(weights[0] == weights[1], "one thread and three train the same bits")
sys.exit(failed)
