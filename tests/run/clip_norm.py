#!/usr/bin/env python3
"""The weights of tests/run/clip_norm.tl after one step of rate 1 from 0: minus the gradient, shortened to the norm.

  clip_norm.py FOLDER
"""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import tensors

HALF = 0.5 ** 0.5
EXPECTED = {"to_one": (-HALF, HALF), "added_up": (-HALF, HALF), "to_little": (-0.6e-30, -0.8e-30), "on_border": (-3, -4),
            "below": (-3, -4), "halved": (-1.5, -2)}


failed = False
for stage, right in EXPECTED.items():
    for path, away in ((f"run/checkpoints/{stage}-000000001/weights.safetensors", 2e-7), (f"values/{stage}.safetensors", 1e-12)):
        values = tensors(os.path.join(sys.argv[1], path))
        for name, expected in zip(("u", "v"), right):
            if not abs(values[name][0] - expected) <= away * abs(expected):
                failed = True
                print(f"{path}: `{name}` is {values[name][0]!r}, not {expected!r}")
print(f"{len(EXPECTED)} stages compared")
sys.exit(failed)
