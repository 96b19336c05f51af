#!/usr/bin/env python3
"""Texts for tests/run/memory_texts.test.

  memory_texts.py FOLDER
"""
import os, random, sys

os.chdir(sys.argv[1])
draw = random.Random(5)
words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randrange(2, 9))) for _ in range(4000)]
often = [1 / (i + 5) for i in range(len(words))]
lines = [" ".join(draw.choices(words, often, k=draw.randrange(6, 24))) for _ in range(70000)]
with open("text.txt", "w") as f:
    f.write("\n".join(lines) + "\n")
with open("lines.tsv", "w") as f:
    f.write("".join(f"{line}\t{i % 3}\n" for i, line in enumerate(lines)))
