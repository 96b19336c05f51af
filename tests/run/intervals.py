#!/usr/bin/env python3
"""Scores and classes, a record a line, and texts of one to six words, drawn at random; and the intervals of what is measured of them: of the draws that
the published Philox gives, and by the standard error of a share.

  intervals.py make FOLDER
  intervals.py check FOLDER RUN
  intervals.py same RUN OTHER    what is measured, without the intervals
"""
import csv, json, math, os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from philox import philox

SEED = 3


def records(name):
    draw = random.Random(name)
    made = []
    for i in range(60 if name == "test" else 30):
        label = 2 if i in (11, 37) else draw.choice([0, 0, 1])
        made.append([round(8 * draw.gauss(1.2 * (k == label), 1)) / 8 for k in range(3)] + ["abc"[label]])
    return made


def texts(name):
    draw = random.Random("text " + name)
    return [[draw.choice("uvwxyz") for _ in range(draw.randint(1, 6))] for _ in range(41)]


def drawn(draw, n):
    numbers = []
    for pair in range((n + 1) // 2):
        words = philox((pair, draw, 0, 0x626F6F74), (SEED, 0))
        numbers += [(words[0] | words[1] << 32) * n >> 64, (words[2] | words[3] << 32) * n >> 64]
    return numbers[:n]


def quantile(values, share):
    values = sorted(values)
    place = share * (len(values) - 1)
    low = math.floor(place)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (place - low)


def of_classes(rows):
    n, out = len(rows), {}
    label, scores = ["abc".index(row[3]) for row in rows], [row[:3] for row in rows]
    taken = [row.index(max(row)) for row in scores]
    losses = [math.log(sum(math.exp(x - row[k]) for x in row)) for row, k in zip(scores, label)]
    out["loss"] = sum(losses) / n
    out["likelihood"] = math.exp(out["loss"])
    out["accuracy"] = sum(a == b for a, b in zip(taken, label)) / n
    rare = [a == b for a, b in zip(taken, label) if b == 2]
    out["hits"] = sum(rare) / len(rare) if rare else math.nan
    everything = [x for row in scores for x in row]
    out["root"] = math.sqrt(sum(x * x for x in everything) / len(everything))
    out["whole"] = 2 * sum(everything) - sum(map(abs, everything)) / 4
    out["alike"] = sum(row[k] for row, k in zip(scores, label)) / n
    p, t = [taken.count(k) for k in range(3)], [label.count(k) for k in range(3)]
    hit = [sum(a == b == k for a, b in zip(taken, label)) for k in range(3)]
    met = [k for k in range(3) if p[k] + t[k]]
    out["macro_f1"] = sum(2 * hit[k] / (p[k] + t[k]) for k in met) / len(met)
    chance = sum(a * b for a, b in zip(p, t)) / n / n
    out["kappa"] = (sum(hit) / n - chance) / (1 - chance)
    inside, outside = [row[0] for row, k in zip(scores, label) if k == 0], [row[0] for row, k in zip(scores, label) if k != 0]
    out["first_auc"] = sum((a > b) + 0.5 * (a == b) for a in inside for b in outside) / len(inside) / len(outside)
    return out


def of_texts(rows):
    return {"loss": sum(len(row) ** 2 for row in rows) / len(rows), "long": sum(len(row) > 3 for row in rows) / len(rows),
            "first_share": sum(word == row[0] for row in rows for word in row) / sum(map(len, rows))}


def check(test, rows, measure, share, draws):
    interval = test["interval"]
    assert (interval["share"], interval["draws"]) == (share, draws), interval
    others = [measure([rows[i] for i in drawn(draw, len(rows))]) for draw in range(draws)]
    for name, value in measure(rows).items():
        values = [other[name] for other in others if not math.isnan(other[name])]
        assert abs(test[name] - value) < 1e-5 * max(1, abs(value)), (name, test[name], value)
        bounds = interval["of"].pop(name)
        assert bounds.get("draws", draws) == len(values), (name, bounds, len(values))
        for side, own in (("low", (1 - share) / 2), ("high", (1 + share) / 2)):
            wanted = quantile(values, own)
            assert abs(bounds[side] - wanted) < 1e-5 * max(1, abs(wanted)), (name, side, bounds[side], wanted)
    assert not interval["of"], interval["of"]
    return interval


def main():
    if sys.argv[1] == "make":
        for name in ("train", "test"):
            with open(os.path.join(sys.argv[2], name + ".csv"), "w", newline="") as f:
                csv.writer(f, lineterminator="\n").writerows(records(name))
            with open(os.path.join(sys.argv[2], name + ".txt"), "w") as f:
                f.writelines(" ".join(words) + "\n" for words in texts(name))
        return
    with open(os.path.join(sys.argv[3] if sys.argv[1] == "check" else sys.argv[2], "summary.json")) as f:
        tests = json.load(f)["tests"]
    if sys.argv[1] == "same":
        with open(os.path.join(sys.argv[3], "summary.json")) as f:
            others = json.load(f)["tests"]
        for test in tests.values():
            del test["interval"]
        assert tests == others, (tests, others)
        return
    many = tests["fit.last on many.test"]
    rows = records("test")
    bounds = dict(many["interval"]["of"]["accuracy"])
    # A share p of n records has the standard error sqrt(p (1 - p) / n), and 90 % of a normal distribution lie within 1.645 of them. The ends of 200 draws
    # of a share in steps of 1 / 60 are known to about a step and a fifth of an error: 0.03.
    p = many["accuracy"]
    error = 1.645 * math.sqrt(p * (1 - p) / len(rows))
    assert abs(bounds["low"] - (p - error)) < 0.03 and abs(bounds["high"] - (p + error)) < 0.03, (p, error, bounds)
    check(many, rows, of_classes, 0.9, 200)
    assert len(many["confusion"]) == 3
    check(tests["read.last on texts.test"], texts("test"), of_texts, 0.95, 1000)


main()
