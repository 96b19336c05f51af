#!/usr/bin/env python3
"""Sums of exported checkpoints are what stages start from, to the bit.

  soups.py FOLDER
"""
import json, os, struct, sys


def tensors(name):
    with open(os.path.join(sys.argv[1], name + ".safetensors"), "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(length)), f.read()
    return {path.rpartition(".")[2]: struct.unpack("<f", data[slice(*about["data_offsets"])])[0] for path, about in header.items() if path != "__metadata__"}


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


start, one, other, best, mean, moved = map(tensors, ("start.last", "one.last", "other.last", "other.best", "mean.last", "moved.last"))
assert other != best and set(mean) == {"w", "c", "seen"}, (other, best)
for path in mean:
    right = single(0.25 * one[path] + 0.75 * best[path]), single(one[path] + 0.5 * other[path] - 0.5 * start[path])
    print(path, mean[path], moved[path], right)
    assert (mean[path], moved[path]) == right
