#!/usr/bin/env python3
"""Writes lines of words, and finds again what tokens.tl measures on them.

  tokens.py lines FILE          tokens.py check FILE RUN          tokens.py same RUN RUN: the losses of all steps, within 1e-6
"""
import collections, json, os, re, sys

LINES = ["one two three two one", "two", "One, two - three; and four words too many", "three three", "four one", "a b c d e f", "two one a"]
LENGTH = 6


def tokens(line):
    return re.findall(r"[a-z0-9']+|[^\sa-z0-9']", line.lower())


def check(path, run):
    with open(path) as f:
        words = [tokens(line) for line in f]
    counts = collections.Counter(word for line in words for word in line)
    order = sorted(counts, key=lambda word: (-counts[word], word))
    y = [[14 + order.index(word) for word in line][:LENGTH] for line in words]
    flat = [v for row in y for v in row]
    later = [v for row in y for v in row[1:]]
    mean = lambda values: sum(values) / len(values)
    means = mean([mean(row) for row in y])
    wanted = {"loss": mean(flat), "later": mean(later), "pairs": sum(a * b for row in y for a, b in zip(row, row[1:])) / len(later),
              "products": mean([v * v for v in flat]), "greatest": mean([max(row) for row in y]), "of_means": means, "turned": mean(flat),
              "by_place": [sum(row[p] for row in y if p < len(row)) for p in range(LENGTH)], "pooled": means,
              "last_one": mean([row[-1] for row in y]), "rest": mean([len(row) - 1 for row in y])}
    with open(os.path.join(run, "summary.json")) as f:
        found, = json.load(f)["tests"].values()
    listed = lambda value: value if isinstance(value, list) else [value]
    wrong = [f"{name}: {found[name]}, expected {value}" for name, value in wanted.items()
             if any(abs(a - b) > 1e-5 * abs(b) for a, b in zip(listed(found[name]), listed(value), strict=True))]
    print("\n".join(wrong))
    return 1 if wrong else 0


def losses(run):
    with open(os.path.join(run, "metrics.jsonl")) as f:
        return [event["step.loss"] for event in map(json.loads, f) if event["event"] == "step"]


def same(*runs):
    one, other = map(losses, runs)
    print(one, other, sep="\n")
    return 0 if one and all(abs(a - b) <= 1e-6 * abs(a) for a, b in zip(one, other, strict=True)) else 1


if sys.argv[1] == "lines":
    with open(sys.argv[2], "w") as f:
        f.writelines(line + "\n" for line in LINES)
else:
    sys.exit({"check": check, "same": same}[sys.argv[1]](*sys.argv[2:]))
