#!/usr/bin/env python3
"""Records in the orders of `sample alike by` and `sample rising by`, by the published Philox; the loss of a step tells which they are.

  ordered_samples.py make FOLDER
  ordered_samples.py check RUN
"""
import json, math, os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from philox import philox

SEED = 3
RECORDS = [(i * i % 97 + i / 64, i * 7 % 5) for i in range(61)]  # a number, and a size that others have, too
TEXTS = [(i * i % 83 + i / 32, 1 + i * 11 % 9) for i in range(45)]  # a number, and how many words


def drawn(i, below, epoch, stream, purpose):
    words = philox((i, epoch, stream, int.from_bytes(purpose.encode(), "big")), (SEED, 0))
    return (words[0] | words[1] << 32) * below >> 64


def shuffled(items, epoch, stream, purpose="shuf"):
    items = list(items)
    for i in range(len(items) - 1, 0, -1):
        j = drawn(i, i + 1, epoch, stream, purpose)
        items[i], items[j] = items[j], items[i]
    return items


def alike(sizes, batch, epoch, stream):
    order, whole = shuffled(range(len(sizes)), epoch, stream), len(sizes) // batch
    pieces = max(1, whole // min(50, max(2, whole // 4)))
    batches = []
    for piece in range(pieces):
        first, end = whole * piece // pieces, whole * (piece + 1) // pieces
        own = sorted(order[first * batch:end * batch], key=lambda record: sizes[record])
        batches += [own[at:at + batch] for at in range(0, len(own), batch)]
    assert pieces > 1 and len(batches) == whole
    spread = sum(max(sizes[r] for r in one) - min(sizes[r] for r in one) for one in batches) / whole
    assert spread < 0.6 * (max(sizes) - min(sizes)), spread
    return sum((batches[number] for number in shuffled(range(whole), epoch, stream, "alik")), []) + order[whole * batch:]


def rising(sizes, start, epochs, epoch, stream):
    n = len(sizes)
    ranked = sorted(shuffled(range(n), 0, stream, "rank"), key=lambda record: sizes[record])
    left, known, order = [], 0, []
    for i in range(n):
        opened = math.ceil(n * (start + (1 - start) * min(1.0, (epoch + i / n) / epochs)))
        left += ranked[known:opened]
        known = opened
        if not left:
            left = ranked[:opened]
        j = drawn(i, len(left), epoch, stream, "rise")
        order.append(left[j])
        left[j] = left[-1]
        left.pop()
    return order


def expected():
    """(stage, numbers, records of a step, the orders of its epochs and how many of their steps)"""
    sizes, lengths = [size for _, size in RECORDS], [length for _, length in TEXTS]
    whole = 10**9
    yield "near", RECORDS, 8, [(shuffled(range(61), 0, 0), whole)] + [(alike(sizes, 8, epoch, 1), whole) for epoch in range(2)]
    grow = [(rising(sizes, 0.25, 12 / 8, epoch, 65536), steps) for epoch, steps in ((0, 8), (1, 4))]
    grow += [(rising(sizes, 0.1, 3, epoch, 65537), whole) for epoch in range(3)]
    greatest = [max(sizes[record] for record in grow[epoch][0][-8:]) for epoch in (0, 2, -1)]
    assert max(sizes[record] for record in grow[0][0][:8]) <= 1 and greatest[2] == 4, greatest
    yield "grow", RECORDS, 8, grow
    texts = [(alike(lengths, 4, epoch, 2 * 65536), whole) for epoch in range(2)]
    assert texts[0][0] != texts[1][0]
    yield "texts", TEXTS, 8, texts


def main():
    if sys.argv[1] == "make":
        with open(os.path.join(sys.argv[2], "many.csv"), "w") as f:
            f.writelines(f"{number},{size}\n" for number, size in RECORDS)
        with open(os.path.join(sys.argv[2], "texts.tsv"), "w") as f:
            f.writelines(" ".join(["word"] * length) + f"\t{number}\n" for number, length in TEXTS)
        return
    with open(os.path.join(sys.argv[2], "metrics.jsonl")) as f:
        lines = [json.loads(line) for line in f]
    for stage, records, size, orders in expected():
        losses = [line["step.loss"] for line in lines if line["event"] == "step" and line["stage"] == stage]
        means = []
        for order, steps in orders:
            cut = [order[first:first + size] for first in range(0, len(order), size)][:steps]
            means += [sum(records[i][0] for i in one) / len(one) for one in cut]
        assert len(losses) == len(means), (stage, len(losses), len(means))
        for step, (loss, mean) in enumerate(zip(losses, means)):
            assert abs(loss - mean) < 1e-5 * mean, (stage, step, loss, mean)
        print(f"{stage}: {len(means)} steps")


main()
