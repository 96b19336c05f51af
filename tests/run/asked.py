#!/usr/bin/env python3
"""Vectors of words for tests/run/asked.tl and questions.tl, and what is to be said of them.

  asked.py make|answers|tested
"""
import glob, json, math, random, subprocess, sys

random.seed(1)
WORDS = ["king", "queen", "man", "woman"] + [f"w{i}" for i in range(36)]
VECTORS = {word: [random.gauss(0, 1) for _ in range(5)] for word in WORDS}
VECTORS["king"] = [x + 0.1 * random.gauss(0, 1) for x in VECTORS["queen"]]


def normalized(x):
    return [each / math.sqrt(sum(y * y for y in x)) for each in x]


def alike(h, but, k):
    h = normalized(h)
    scores = {word: sum(a * b for a, b in zip(h, normalized(row))) for word, row in VECTORS.items() if word not in but}
    return sorted(scores.items(), key=lambda each: -each[1])[:k]


def answer(a, b, c, k):
    return alike([y - x + z for x, y, z in zip(*(normalized(VECTORS[word]) for word in (a, b, c)))], (a, b, c), k)


def ask(name, question):
    done = subprocess.run(["./asked", name], input=json.dumps(question), text=True, capture_output=True, check=True)
    said = json.loads(done.stdout)
    return list(zip(said["words"][0] if isinstance(said["words"][0], list) else said["words"], said["scores"]))


def same(said, wanted):
    assert [word for word, _ in said] == [word for word, _ in wanted], (said, wanted)
    assert all(abs(a[1] - b[1]) < 1e-5 for a, b in zip(said, wanted)), (said, wanted)  # both are sums of five products of f32


if sys.argv[1] == "make":
    open("corpus.txt", "w").write(" ".join(WORDS * 3))
    questions = [(random.sample(WORDS + ["strange"] * 6, 4), "far-kings") for _ in range(30)] + [(["w1", "w2", "w3", "w1"], "no-kings")]
    for _ in range(30):  # the last is what answers the others, in two of three
        a, b, c = random.sample(WORDS, 3)
        questions.append(([a, b, c, answer(a, b, c, 1)[0][0] if random.random() < 0.7 else "w1"], "near-kings"))
    open("questions.tsv", "w").write("".join(" ".join(words) + "\t" + section + "\n" for words, section in questions))
    with open("questions.txt", "w") as f:  # as word2vec's questions are written
        for name in dict.fromkeys(section for _, section in questions):
            f.write(f": {name}\n" + "".join("  ".join(words).title() + "\r\n" for words, section in questions if section == name))
    open("vectors.txt", "w").write("".join(f"{word} {' '.join(map(repr, row))}\n" for word, row in VECTORS.items()))
elif sys.argv[1] == "tested":
    sections, skipped = {"far-kings": [0, 0], "near-kings": [0, 0], "no-kings": [0, 0]}, 0
    for line in open("questions.tsv"):
        words, section = line.rstrip("\n").split("\t")
        a, b, c, d = words.split(" ")
        if "strange" in (a, b, c, d):
            skipped += 1
        else:
            sections[section][answer(a, b, c, 1)[0][0] == d] += 1
    (said,) = json.load(open("run/summary.json"))["tests"].values()
    right = sum(each[1] for each in sections.values())
    assert skipped > 0 and right > 10
    assert said["skipped"] == skipped and said["sections"] == list(sections.values()), (said, sections, skipped)
    assert abs(said["right"] - right / (61 - skipped)) < 1e-9, (said, right, skipped)
else:
    for word in WORDS[:8]:
        same(ask("near", {"word": word}), alike(VECTORS[word], [word], 4))
    for i in range(8):
        a, b, c = random.sample(WORDS, 3)
        same(ask("like", {"a": a, "b": b, "c": c}), answer(a, b, c, 2))
    print("nearest and analogy are those of Python")
