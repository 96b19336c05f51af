#!/usr/bin/env python3
"""Vectors of words, and pairs of them with how alike they are said to be, some of a word that has no vector.

  likeness.py make|check
"""
import json, math, random, sys

random.seed(3)
WORDS = [f"w{i}" for i in range(40)]
VECTORS = {word: [random.gauss(0, 1) for _ in range(5)] for word in WORDS}


def cosine(a, b):
    a, b = VECTORS[a], VECTORS[b]
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def said(a, b):
    known = a in VECTORS and b in VECTORS
    return round(5 + 4 * (cosine(a, b) if known else -1) + random.gauss(0, 2))  # whole numbers: many are equal


PAIRS = [(a, b, said(a, b)) for a, b in (random.sample(WORDS + ["strange", "stranger"] * 2, 2) for _ in range(60))]


def ranks(x):
    return [sum(other < own for other in x) + sum(other == own for other in x) / 2 for own in x]


if sys.argv[1] == "make":
    open("corpus.txt", "w").write(" ".join(WORDS * 3))
    open("pairs.tsv", "w").write("".join(f"{a}\t{b}\t{score}\n" for a, b, score in PAIRS))
    open("vectors.txt", "w").write("".join(f"{word} {' '.join(map(repr, row))}\n" for word, row in VECTORS.items()))
else:
    known = [(cosine(a, b), score) for a, b, score in PAIRS if a in VECTORS and b in VECTORS]
    x, y = (ranks(column) for column in zip(*known))
    x, y = [v - sum(x) / len(x) for v in x], [v - sum(y) / len(y) for v in y]
    right = sum(a * b for a, b in zip(x, y)) / math.sqrt(sum(a * a for a in x) * sum(b * b for b in y))
    (measured,) = json.load(open("run/summary.json"))["tests"].values()
    print(measured, right, len(known))
    assert 40 < len(known) < 60 and measured["covered"] == len(known) and abs(measured["likeness"] - right) < 1e-6
