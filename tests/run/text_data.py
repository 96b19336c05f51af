#!/usr/bin/env python3
"""Writes a play, speeches, reviews, posts with names in them and a tokenizer, made up, where the examples on text look for them.

  text_data.py FOLDER
"""
import csv, gzip, json, os, random, sys

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
with open(os.path.join(folder, "reviews.csv"), "w", newline="") as f:
    table = csv.writer(f)
    table.writerow(["", "Review Text", "Recommended IND"])
    for i in range(200):
        table.writerow([i, " ".join(draw.choice(WORDS) for _ in range(draw.randint(0, 50))), draw.randint(0, 1)])

NAMES = [("film",), ("good", "story"), ("the", "dull", "story")]
for name, count in (("wnut17train.conll", 60), ("emerging.dev.conll", 20), ("emerging.test.annotated", 20)):
    with open(os.path.join(folder, name), "w") as f:
        for _ in range(count):
            for _ in range(draw.randint(1, 9)):
                kind, words = draw.choice(["person", "group"]), draw.choice(NAMES)
                f.writelines(f"{draw.choice(WORDS)}\tO\n" for _ in range(draw.randint(0, 3)))
                f.writelines(f"{word}\t{'I' if i else 'B'}-{kind}\n" for i, word in enumerate(words))
            f.write("\t\n")

for part in ("sotu", "tinyshakespeare", "tokenizers/gpt2"):
    os.makedirs(os.path.join(folder, part))
with gzip.open(os.path.join(folder, "sotu", "sotu.txt.gz"), "wt") as f:
    f.write("\n".join(" ".join(draw.choice(WORDS) for _ in range(60)) + "." for _ in range(200)))
os.makedirs(os.path.join(folder, "wordvec-eval", "word-sim"))
with open(os.path.join(folder, "wordvec-eval", "questions-words.txt"), "w") as f:
    f.write(": some\n" + "".join(" ".join(draw.sample(WORDS, 4)) + "\n" for _ in range(20)))
with open(os.path.join(folder, "wordvec-eval", "word-sim", "EN-WS-353-ALL.txt"), "w") as f:
    f.write("".join("\t".join(draw.sample(WORDS, 2)) + f"\t{draw.random():.2f}\n" for _ in range(20)) + "unheard\tof\t1.00\n")
with open(os.path.join(folder, "tinyshakespeare", "input.txt"), "w") as f:
    f.write("KING:\nThe good film, and never dull.\n\n" * 400)
# As GPT-2 writes bytes, a few pieces of two, and its end.
plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
letters = [chr(byte) for byte in plain] + [chr(256 + i) for i in range(256 - len(plain))]
merges = ["t h", "Ġ th", "Ġth e", "o o", "Ġ a", "n d", "Ġa nd"]
words = letters + [merge.replace(" ", "") for merge in merges] + ["<|endoftext|>"]
with open(os.path.join(folder, "tokenizers/gpt2", "encoder.json"), "w") as f:
    json.dump({word: i for i, word in enumerate(words)}, f)
with open(os.path.join(folder, "tokenizers/gpt2", "vocab.bpe"), "w") as f:
    f.write("#version: 0.2\n" + "".join(merge + "\n" for merge in merges))
