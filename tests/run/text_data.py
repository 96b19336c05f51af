#!/usr/bin/env python3
"""Writes a play and reviews, made up, where the examples on text look for them.

  text_data.py FOLDER
"""
import os, random, sys

draw = random.Random(1)
WORDS = "the a good bad film story never ever dull bright and , . it 's is was not so very".split()
folder = sys.argv[1]
with open(os.path.join(folder, "input.txt"), "w") as f:
    for _ in range(400):
        f.write(draw.choice(["KING:\n", "FOOL:\n"]) + " ".join(draw.choice(WORDS) for _ in range(8)).capitalize() + "\n\n")
for name, count in (("train", 200), ("dev", 60), ("test", 60)):
    with open(os.path.join(folder, name + ".tsv"), "w") as f:
        for _ in range(count):
            f.write(" ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 50))) + f"\t{draw.randint(0, 1)}\n")
