#!/usr/bin/env python3
"""Holds the runs of tests/run/masks.tl against what their masks say.

  masks.py write FOLDER     the data, and a network of which half was pruned
  masks.py check FOLDER     what no mask names has its bits, and the rest has moved; killed runs are as whole ones
"""
import os, random, struct, sys
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import json, points, runs
from tensors import tensors

SHAPES = {"net.0.w": [3, 3, 1, 8], "net.0.b": [8], "net.3.w": [32, 3], "net.3.b": [3]}


def write(folder):
    points.write(os.path.join(folder, "points.csv"), 200)
    draw = random.Random(1)
    header, data = {}, b""
    for name, shape in SHAPES.items():
        count = 1
        for size in shape:
            count *= size
        numbers = [draw.choice([0, 1]) * draw.gauss(0, 0.5) for _ in range(count)]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack(f"<{count}f", *numbers)
    text = json.dumps(header).encode()
    with open(os.path.join(folder, "pruned.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def check(folder):
    start = tensors(os.path.join(folder, "pruned.safetensors"))
    for stage, masked in (("pruned", ["net.0.w", "net.3.w"]), ("few", list(SHAPES))):
        ended = {name.removeprefix("body."): numbers for name, numbers in tensors(os.path.join(folder, stage + "-ended.safetensors")).items()}
        assert sorted(ended) == sorted(SHAPES), sorted(ended)
        moved = stayed = 0
        for name in masked:
            for was, now in zip(start[name], ended[name], strict=True):
                if stage == "pruned":
                    assert (was == 0) == (now == 0), (name, was, now)
                moved, stayed = moved + (was != now), stayed + (was == now)
        if stage == "pruned":
            assert stayed == sum(numbers.count(0) for name, numbers in start.items() if name in masked), (moved, stayed)
        else:
            assert 0.1 * stayed < moved < 0.4 * stayed, (moved, stayed)
        print(stage, moved, stayed)
    runs.compare(os.path.join(folder, "whole"), os.path.join(folder, "killed"))


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
