#!/usr/bin/env python3
"""Gives every fuzzer the inputs that once made something fail (tests/fuzz/regressions) and the readers their seeds, once.

  replay.py BIN FOLDER
"""
import os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../fixtures"))
import data, seeds

binaries, folder = sys.argv[1], os.path.abspath(sys.argv[2])
data.main(folder)
seeds.write(os.path.join(folder, "seeds"))
environment = {**os.environ, "TL_STDLIB": os.path.join(HERE, "../../stdlib"), "TL_DATA": folder}
failed = 0
for name in ("idx", "csv", "cifar", "images", "lines", "texts", "gzip", "safetensors", "torch", "numpy", "vectors", "checkpoint", "tokenizer", "script"):
    inputs = []
    for start in (os.path.join(HERE, "regressions", name), os.path.join(folder, "seeds", name)):
        inputs += [os.path.join(start, each) for each in sorted(os.listdir(start))] if os.path.isdir(start) else []
    done = subprocess.run([os.path.join(binaries, "tl-fuzz-" + name), "-timeout=10", "-detect_leaks=0", f"-artifact_prefix={folder}/", *inputs],
                          env=environment, text=True, errors="replace", capture_output=True)
    if done.returncode != 0 or done.stderr.count("Executed ") != len(inputs):
        failed += 1
        print(f"tl-fuzz-{name} ended with {done.returncode}:\n{done.stderr[-3000:]}")
sys.exit(1 if failed else 0)
