#!/usr/bin/env python3
"""Sums of exported checkpoints are what stages start from, to the bit.

  soups.py FOLDER
"""
import os, struct, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import tensors as files


def tensors(name):
    path = os.path.join(sys.argv[1], name + ".safetensors")
    return {tensor.rpartition(".")[2]: numbers[0] for tensor, numbers in files.tensors(path).items()}


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


start, one, other, best, mean, moved = map(tensors, ("start.last", "one.last", "other.last", "other.best", "mean.last", "moved.last"))
assert other != best and set(mean) == {"w", "c", "seen"}, (other, best)
for path in mean:
    right = single(0.25 * one[path] + 0.75 * best[path]), single(one[path] + 0.5 * other[path] - 0.5 * start[path])
    print(path, mean[path], moved[path], right)
    assert (mean[path], moved[path]) == right
