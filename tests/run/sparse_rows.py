#!/usr/bin/env python3
"""Fails where the last checkpoints of two runs differ in a bit; in the stages named, by more than 1e-5 of a tensor's greatest number.

  sparse_rows.py RUN RUN [STAGE...]
"""
import array, glob, json, os, struct, sys

left, right, lenient = sys.argv[1], sys.argv[2], sys.argv[3:]


def tensors(run):
    """{stage and tensor: its bytes}"""
    found = {}
    for path in sorted(glob.glob(os.path.join(run, "checkpoints", "*", "weights.safetensors"))):  # the last of a stage wins
        with open(path, "rb") as f:
            raw = f.read()
        start = 8 + struct.unpack("<Q", raw[:8])[0]
        for name, about in json.loads(raw[8:start]).items():
            if name != "__metadata__":
                first, last = about["data_offsets"]
                found[path.split(os.sep)[-2].rsplit("-", 1)[0], name] = raw[start + first:start + last]
    return found


def away(a, b):
    x, y = array.array("f", a), array.array("f", b)
    return max(abs(p - q) for p, q in zip(x, y, strict=True)) / max(map(abs, x))


ours, theirs = tensors(left), tensors(right)
assert ours.keys() == theirs.keys() and len({stage for stage, _ in ours}) == 6, sorted(ours.keys() ^ theirs.keys())
different = [key for key in ours if (away(ours[key], theirs[key]) > 1e-5 if key[0] in lenient else ours[key] != theirs[key])]
print(len(ours), "tensors;", *different)
sys.exit(1 if different else 0)
