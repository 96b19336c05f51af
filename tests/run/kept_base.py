#!/usr/bin/env python3
"""Writes points.csv and wide.safetensors, the base of tests/run/inputs/kept_base.tl, 128 MiB.  kept_base.py FOLDER"""
import array, json, os, random, struct, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import points

folder = sys.argv[1]
points.write(os.path.join(folder, "points.csv"), 200)
draw = random.Random(1)
row = array.array("f", (draw.gauss(0, 0.02) for _ in range(4096))).tobytes()
shapes = {"one.w": [4096, 4096], "two.w": [4096, 4096], "up.b": [4096], "up.w": [4, 4096]}
header, end = {}, 0
for name, shape in shapes.items():
    begin, end = end, end + 4096 * 4 * (shape[0] if len(shape) > 1 else 1)
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
text = json.dumps(header).encode()
with open(os.path.join(folder, "wide.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text)
    for _ in range(end // len(row)):
        f.write(row)
