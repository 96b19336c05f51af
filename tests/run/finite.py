#!/usr/bin/env python3
"""Passes if every float of the safetensors files is finite.

  finite.py FILE…
"""
import json, math, struct, sys

checked = 0
for path in sys.argv[1:]:
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        body = f.read()
    for name, tensor in header.items():
        if name != "__metadata__" and tensor["dtype"] == "F32":
            begin, end = tensor["data_offsets"]
            numbers = struct.unpack(f"<{(end - begin) // 4}f", body[begin:end])
            checked += len(numbers)
            if not all(map(math.isfinite, numbers)):
                sys.exit(f"{path}: {name} is not finite")
sys.exit(0 if checked else "no floats to check")
