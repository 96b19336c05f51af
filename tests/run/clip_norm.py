#!/usr/bin/env python3
"""The weights of tests/run/clip_norm.tl after one step of rate 1 from 0: minus the gradient, shortened to the norm.

  clip_norm.py FOLDER
"""
import json, os, struct, sys

HALF = 0.5 ** 0.5
EXPECTED = {"to_one": (-HALF, HALF), "added_up": (-HALF, HALF), "to_little": (-0.6e-30, -0.8e-30), "on_border": (-3, -4),
            "below": (-3, -4), "halved": (-1.5, -2)}


def tensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    header.pop("__metadata__", None)
    return {key: struct.unpack("<" + {"F32": "f", "F64": "d"}[entry["dtype"]], data[slice(*entry["data_offsets"])])[0]
            for key, entry in header.items()}


failed = False
for stage, right in EXPECTED.items():
    for path, away in ((f"run/checkpoints/{stage}-000000001/weights.safetensors", 2e-7), (f"values/{stage}.safetensors", 1e-12)):
        values = tensors(os.path.join(sys.argv[1], path))
        for name, expected in zip(("u", "v"), right):
            if not abs(values[name] - expected) <= away * abs(expected):
                failed = True
                print(f"{path}: `{name}` is {values[name]!r}, not {expected!r}")
print(f"{len(EXPECTED)} stages compared")
sys.exit(failed)
