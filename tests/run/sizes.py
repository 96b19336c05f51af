#!/usr/bin/env python3
"""Writes pictures of two sizes, with stripes that lie or stand.

  sizes.py FOLDER
"""
import os, random, sys

draw = random.Random(4)
for name, records, side in (("small", 60, 6), ("few", 20, 6), ("large", 20, 11)):
    labels = [draw.randrange(2) for _ in range(records)]
    pixels = [min(255, 200 * ((j if label else i) // 2 % 2) + draw.randrange(40)) for label in labels for i in range(side) for j in range(side)]
    for ending, shape, values in (("images", (records, side, side), pixels), ("labels", (records,), labels)):
        with open(os.path.join(sys.argv[1], f"{name}.{ending}"), "wb") as f:
            f.write(bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape) + bytes(values))
