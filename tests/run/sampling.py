#!/usr/bin/env python3
"""61 records of three classes with 40, 17 and 4; and which of them epochs draw that take all classes equally often.

  sampling.py make FOLDER
  sampling.py check RUN
"""
import json, os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from philox import philox

SEED, BATCH = 3, 8
CLASSES = ["common"] * 40 + ["middle"] * 17 + ["rare"] * 4
RECORDS = [(i * i % 97 + i / 64, CLASSES[i * 23 % 61]) for i in range(61)]  # the number and the class of each


def chosen(items, count, first, epoch, stream, purpose):
    items = list(items)
    for i in range(count):
        words = philox((first + i, epoch, stream, purpose), (SEED, 0))
        j = i + ((words[0] | words[1] << 32) * (len(items) - i) >> 64)
        items[i], items[j] = items[j], items[i]
    return items[:count]


def shuffled(order, epoch, stream):
    for i in range(len(order) - 1, 0, -1):
        words = philox((i, epoch, stream, 0x73687566), (SEED, 0))
        j = (words[0] | words[1] << 32) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def sampled(epoch, stream):
    n, names = len(RECORDS), ["common", "middle", "rare"]
    longer = chosen(range(3), n % 3, 0, epoch, stream, 0x636C6173)
    order = []
    for number, name in enumerate(names):
        own = [i for i in range(n) if RECORDS[i][1] == name]
        rounds, rest = divmod(n // 3 + (number in longer), len(own))
        order += own * rounds
        order += chosen(own, rest, len(order), epoch, stream, 0x73616D70)
    return shuffled(order, epoch, stream)


def main():
    if sys.argv[1] == "make":
        with open(os.path.join(sys.argv[2], "many.csv"), "w") as f:
            f.writelines(f"{number},{name}\n" for number, name in RECORDS)
        return
    with open(os.path.join(sys.argv[2], "metrics.jsonl")) as f:
        lines = [json.loads(line) for line in f]
    steps = [line["step.loss"] for line in lines if line["event"] == "step"]
    epochs = [line for line in lines if line["event"] == "epoch"]
    orders = [sampled(epoch, 0) for epoch in range(3)] + [shuffled(list(range(61)), 0, 1)] + [sampled(0, 2)]
    assert len({tuple(order) for order in orders}) == 5 and len(epochs) == 5 and len(steps) == 40
    at = 0
    for order, epoch in zip(orders, epochs):
        for first in range(0, len(order), BATCH):
            records = order[first:first + BATCH]
            mean = sum(RECORDS[i][0] for i in records) / len(records)
            assert abs(steps[at] - mean) < 1e-5 * mean, (at, steps[at], mean)
            at += 1
        counts = [sum(RECORDS[i][1] == name for i in order) for name in ("common", "middle", "rare")]
        assert (epoch["train.common"], epoch["train.rare"]) == (counts[0] / 8, counts[2] / 8), (epoch, counts)  # over 8 batches
        assert counts == [40, 17, 4] or (sum(counts) == 61 and max(counts) - min(counts) == 1), counts
        again = [order.count(i) for i in range(61) if RECORDS[i][1] == "rare"]
        assert max(again) - min(again) <= 1, again
    print(f"{at} steps")


main()
