#!/usr/bin/env python3
"""Holds the weights that stages of tests/run/nested_loads.tl have exported against those that they are to have.

  nested_loads.py FOLDER
"""
import math, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import tensors as files

FIRST, BIAS, HEAD = "body.net.0.w", "body.net.0.b", ["head.w", "head.b"]  # FIRST [4, 8]


def of(stage):
    found = {name: list(numbers) for name, numbers in files.tensors(os.path.join(sys.argv[1], stage + ".safetensors")).items()}
    return {name.removeprefix("net.").removeprefix("net."): numbers for name, numbers in found.items()}


base, fit, other = of("base"), of("fit"), of("other")
assert base[FIRST] != fit[FIRST] and base[BIAS] != fit[BIAS] and other[FIRST] != fit[FIRST]
for stage in "again", "deep", "inner_sum":
    assert of(stage) == fit, stage
assert of("part") == {FIRST: base[FIRST], BIAS: base[BIAS]} | {name: fit[name] for name in HEAD}
assert of("some") == fit | {FIRST: base[FIRST]}
assert of("rows") == fit | {FIRST: fit[FIRST][:8] + base[FIRST][8:]}
for name, numbers in of("sum").items():
    assert all(abs(a - (b + c) / 2) < 1e-6 for a, b, c in zip(numbers, fit[name], other[name])), name

kept = of("kept")
rows = lambda numbers: [numbers[i : i + 8] for i in range(0, len(numbers), 8)]
for ours, theirs in zip(rows(kept[FIRST]), rows(fit[FIRST])):  # half a step of its row, and what f32 rounds
    assert max(abs(a - b) for a, b in zip(ours, theirs)) < 0.51 * max(map(abs, theirs)) / 127, (ours, theirs)
assert kept[BIAS] == fit[BIAS]

adapted = of("adapted")
assert {name: numbers for name, numbers in adapted.items() if "DoRA" not in name} == fit
[lengths] = [numbers for name, numbers in adapted.items() if name.endswith("DoRA.m")]
for column, length in enumerate(lengths):  # of what was loaded
    assert abs(length - math.sqrt(sum(w * w for w in fit[FIRST][column::8]))) < 1e-5, (column, length)
