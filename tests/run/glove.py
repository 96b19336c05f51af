#!/usr/bin/env python3
"""The text and first weights of tests/run/inputs/glove.tl, and what ten steps make of them, in double.

  glove.py make             writes lines.txt and start.safetensors
  glove.py compare RUN      losses within 1e-6, weights within 1e-6
"""
import collections, json, math, os, random, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import data, philox, tensors

WORDS, D, REACH, BATCH, STEPS, X_MAX, ALPHA = 40, 6, 4, 8, 10, 3, 0.75
NAMES = {"net.word.table": D, "net.near.table": D, "net.word_bias.table": 1, "net.near_bias.table": 1}


def make():
    draw = random.Random(2)
    with open("lines.txt", "w") as f:
        for _ in range(60):
            f.write(" ".join("w%d" % min(draw.randrange(60), draw.randrange(60)) for _ in range(draw.randrange(12))) + "\n")
    first = lambda d: [draw.uniform(-0.5, 0.5) for _ in range(WORDS * d)]
    data.write_safetensors("start.safetensors", {name.removeprefix("net."): ((WORDS, d), first(d)) for name, d in NAMES.items()})


def hashed(pair):
    """The last steps of MurmurHash3, of the lesser and the greater number."""
    key = min(pair) << 32 | max(pair)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        key = (key ^ key >> 33) * factor % 2 ** 64
    return key ^ key >> 33


def records():
    """[(word, neighbour, count)], in the order of a hash of both: the lesser one first, and then its other order."""
    lines = [line.split() for line in open("lines.txt")]
    often = collections.Counter(word for line in lines for word in line)
    number = {word: 4 + i for i, word in enumerate(sorted(often, key=lambda word: (-often[word], word))[:WORDS - 4])}
    counts = collections.Counter()
    for line in lines:
        known = [number[word] for word in line if word in number]
        for i, a in enumerate(known):
            for distance, b in enumerate(known[i + 1:i + 1 + REACH], 1):
                counts[a, b] += 1 / distance
                counts[b, a] += 1 / distance
    return [(a, b, counts[a, b]) for a, b in sorted(counts, key=lambda pair: (hashed(pair), pair))]


def fit():
    pairs = records()
    given = tensors.tensors("start.safetensors")
    w = {name: [list(given[name.removeprefix("net.")][i * d:(i + 1) * d]) for i in range(WORDS)] for name, d in NAMES.items()}
    s = {name: [[(40 / BATCH) ** 2] * d for _ in range(WORDS)] for name, d in NAMES.items()}
    word, near, word_bias, near_bias = (w[name] for name in NAMES)
    losses = []
    for batch in philox.batches(len(pairs), BATCH, STEPS, stage=0, phase=0, block=2048):
        grads = {name: collections.defaultdict(lambda d=d: [0.0] * d) for name, d in NAMES.items()}
        loss = 0
        for a, b, count in (pairs[i] for i in batch):
            away = sum(p * q for p, q in zip(word[a], near[b])) + word_bias[a][0] + near_bias[b][0] - math.log(count)
            weight = min(count / X_MAX, 1) ** ALPHA / len(batch)
            loss += weight * away ** 2
            for name, row, slope in zip(NAMES, (a, b, a, b), (near[b], word[a], [1], [1])):
                for k, value in enumerate(slope):
                    grads[name][row][k] += 2 * weight * away * value
        for name in NAMES:
            for row, grad in grads[name].items():
                for k, g in enumerate(grad):
                    s[name][row][k] += g * g
                    w[name][row][k] -= g / math.sqrt(s[name][row][k])
        losses.append(loss)
    return losses, w


def compare(run):
    losses, weights = fit()
    ours = [line["step.loss"] if "step.loss" in line else line["loss"] for line in map(json.loads, open(os.path.join(run, "metrics.jsonl"))) if line["event"] == "step" and line["stage"] == "fit"]
    assert len(ours) == STEPS and all(abs(a - b) <= 1e-6 * b for a, b in zip(ours, losses)), (ours, losses)
    found = tensors.tensors(os.path.join(run, "checkpoints", f"fit-{STEPS:09}", "weights.safetensors"))
    for name, rows in weights.items():
        assert all(abs(a - b) <= 1e-6 for a, b in zip(found[name], (x for row in rows for x in row), strict=True)), name


make() if sys.argv[1] == "make" else compare(sys.argv[2])
