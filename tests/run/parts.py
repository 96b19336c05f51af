#!/usr/bin/env python3
"""Holds what the stages of tests/run/parts.tl left against each other.

  parts.py RUN
"""
import glob, os, sys
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import tensors

of = {stage: [tensors(path) for path in sorted(glob.glob(os.path.join(sys.argv[1], "checkpoints", stage + "-*", "weights.safetensors")))] for stage in ("fit", "bits")}
fit, (few, top) = of["fit"][-1], of["bits"]
moved = lambda a, b: sum(x != y for x, y in zip(a, b, strict=True)) / len(a)
for name in fit:
    isMatrix, isLoaded = name.endswith("w"), name.startswith("body") and int(name.split("[")[1].split("]")[0]) < 4
    if isMatrix and isLoaded:
        assert fit[name] == few[name] == top[name], f"{name} is frozen"
    elif isLoaded:
        assert 0 < max(abs(x - y) for x, y in zip(fit[name], few[name], strict=True)) < 0.1, f"{name} trains from where it was"
    else:
        assert moved(fit[name], few[name]) > 0.9, f"{name} starts anew"
    if not (isMatrix and isLoaded):
        assert moved(few[name], top[name]) > 0.9, f"{name} trains"
