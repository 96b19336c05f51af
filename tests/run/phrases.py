#!/usr/bin/env python3
"""A text with words that stand together, and what word2phrase makes of it, by its published formula.

  phrases.py make|compare
"""
import random, re, struct, subprocess, sys
from collections import Counter

random.seed(2)
PARTS = [["New", "York"], ["new", "york", "city"], ["ice", "cream"], ["ice"], ["cream"], ["york"]]


def text():
    lines = []
    for _ in range(400):
        words = []
        for _ in range(random.randrange(1, 14)):
            words += random.choice(PARTS) if random.random() < 0.2 else [f"w{int(random.paretovariate(0.6)) % 60}"]
        lines.append(" ".join(words) + random.choice(["", ".", " !"]))
    return "\n".join(lines) + "\n"


def joined(lines, threshold):
    """Pairs are counted over the ends of lines and joined within them; what is joined is joined no more."""
    row = [word for line in lines for word in line]
    words, pairs = Counter(row), Counter(zip(row, row[1:]))
    all_lines = []
    for line in lines:
        made, last = [], None
        for word in line:
            if last is not None and (pairs[last, word] - 5) * len(row) / (words[last] * words[word]) > threshold:
                made[-1] += "_" + word
                last = None
            else:
                made.append(word)
                last = word
        all_lines.append(made)
    return all_lines


def wanted():
    lines = [re.findall(r"[a-z0-9'_]+|[^\sa-z0-9'_]", line.lower()) for line in open("corpus.txt")]
    for threshold in (10, 5):
        lines = joined(lines, threshold)
    return Counter(word for line in lines for word in line)


if sys.argv[1] == "make":
    open("corpus.txt", "w").write(text())
else:
    counts = wanted()
    vocabulary = [word for word in sorted(counts, key=lambda word: (-counts[word], word)) if counts[word] >= 3]
    assert "new_york" in vocabulary and "new_york_city" in vocabulary and "ice_cream" in vocabulary, vocabulary
    for name in ("words", "pairs"):
        written = [line.split(" ")[0] for line in open(name + ".txt")][1:]
        assert written == vocabulary, (name, [pair for pair in zip(written, vocabulary) if pair[0] != pair[1]][:5], len(written), len(vocabulary))
    print(f"{len(vocabulary)} words, {sum('_' in word for word in vocabulary)} of them phrases, are those of Python")
