#!/usr/bin/env python3
"""Scores, classes and numbers, a record a line, drawn at random; and what the records of all batches together come to, by the definitions that
scikit-learn's metrics have.

  overall.py make FOLDER
  overall.py check FOLDER RUN
"""
import csv, json, math, os, random, sys

COUNTS = {"train": 20, "val": 33, "test": 100}


def records(name):
    draw = random.Random(name)
    made = []
    for _ in range(COUNTS[name]):
        label = draw.choice([0, 1, 1, 3] if name == "test" else [0, 1, 2, 3])
        scores = [round(4 * draw.gauss(1.5 * (i == label), 1)) / 4 for i in range(4)]  # ties, in f32 as well
        scores[3] -= 4  # nothing is taken for it
        yes = int(scores[1] - scores[0] + draw.gauss(0, 1) > 0)
        numbers = [round(8 * (1000 + scores[0] + draw.gauss(0, 0.5))) / 8, round(64 * (scores[1] - draw.gauss(0, 2))) / 64]
        made.append(scores + ["abcd"[label], ["no", "yes"][yes]] + numbers)
    return made


def softmax(scores):
    powers = [math.exp(s - max(scores)) for s in scores]
    return [p / sum(powers) for p in powers]


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


def roc(scores, truth):
    pairs = [(a > b) + 0.5 * (a == b) for a, t in zip(scores, truth) if t for b, u in zip(scores, truth) if not u]
    return sum(pairs) / len(pairs)


def precision(scores, truth):
    """Sum of (R[n] - R[n - 1]) P[n] over the thresholds."""
    area = before = 0
    for threshold in sorted(set(scores), reverse=True):
        hits = [t for s, t in zip(scores, truth) if s >= threshold]
        recall = sum(hits) / sum(truth)
        area, before = area + (recall - before) * sum(hits) / len(hits), recall
    return area


def pearson(x, y):
    a, b = [v - mean(x) for v in x], [v - mean(y) for v in y]
    return sum(map(lambda p, q: p * q, a, b)) / math.sqrt(sum(v * v for v in a) * sum(v * v for v in b))


def ranks(x):
    return [mean(i + 1 for i, other in enumerate(sorted(x)) if other == own) for own in x]


def reliability(scores, label, bins):
    """Of each bin of confidences its mean, and the share that is right."""
    held = [[] for _ in range(bins)]
    for row, own in zip(scores, label):
        confidence = max(softmax(row))
        held[min(int(confidence * bins), bins - 1)].append((confidence, row.index(max(row)) == own))
    return [[mean(p for p, _ in met), mean(is_right for _, is_right in met)] if met else None for met in held]


def by_threshold(scores, truth, count):
    """How many score at least as much as each of `count` scores, evenly many apart, and how many of them are 1."""
    down = sorted(scores, reverse=True)
    taken = [[t for s, t in zip(scores, truth) if s >= down[i * (len(down) - 1) // (count - 1)]] for i in range(count)]
    return [(len(hits), sum(hits)) for hits in taken]


def roc_curve(scores, truth, count):
    return [[0, 0]] + [[(taken - hit) / (len(truth) - sum(truth)), hit / sum(truth)] for taken, hit in by_threshold(scores, truth, count)]


def precision_recall_curve(scores, truth, count):
    return [[hit / sum(truth), hit / taken] for taken, hit in by_threshold(scores, truth, count)]


def curves(name):
    rows = records(name)
    four, label = [r[:4] for r in rows], ["abcd".index(r[4]) for r in rows]
    two, yes = [r[:2] for r in rows], [int(r[5] == "yes") for r in rows]
    of = lambda k: ([softmax(row)[k] for row in four], [int(own == k) for own in label])
    apart = [row[1] - row[0] for row in two]
    return {"four": {"calibration": reliability(four, label, 10), "roc_curve(of = 3, thresholds = 5)": roc_curve(*of(3), 5), "precision_recall_curve(of = 0)": precision_recall_curve(*of(0), 20)},
            "pair": {"calibration(bins = 4)": reliability(two, yes, 4), "roc_curve": roc_curve(apart, yes, 20), "precision_recall_curve(thresholds = 100)": precision_recall_curve(apart, yes, 100)}}


def compare_curve(ours, right, what):
    isSame = len(ours) == len(right) and all(a == [None, None] if b is None else max(abs(a[i] - b[i]) for i in (0, 1)) < 1e-6 for a, b in zip(ours, right))
    print(f"{what}: {ours}, right {right}" + ("" if isSame else "   WRONG"))
    return not isSame


def of_classes(scores, label, bins):
    c = len(scores[0])
    taken = [row.index(max(row)) for row in scores]
    p, t = [taken.count(k) for k in range(c)], [label.count(k) for k in range(c)]
    hit = [sum(a == b == k for a, b in zip(taken, label)) for k in range(c)]
    met, n = [k for k in range(c) if p[k] + t[k]], len(label)
    f = [2 * hit[k] / max(p[k] + t[k], 1) for k in range(c)]
    apart = [0] * bins
    for row, own, is_ in zip(scores, taken, label):
        confidence = max(softmax(row))
        apart[min(int(confidence * bins), bins - 1)] += confidence - (own == is_)
    out = {
        "accuracy": sum(hit) / n, "macro_f1": mean(f[k] for k in met), "weighted_f1": sum(t[k] * f[k] for k in range(c)) / n,
        "macro_precision": mean(hit[k] / max(p[k], 1) for k in met), "macro_recall": mean(hit[k] / max(t[k], 1) for k in met),
        "balanced_accuracy": mean(hit[k] / t[k] for k in range(c) if t[k]),
        "matthews": (sum(hit) * n - sum(a * b for a, b in zip(p, t))) / math.sqrt((n * n - sum(a * a for a in p)) * (n * n - sum(b * b for b in t))),
        "calibration_error" + ("(bins = 15)" if bins == 15 else ""): sum(map(abs, apart)) / n,
    }
    columns = [[row[1] - row[0] for row in scores]] if c == 2 else list(zip(*map(softmax, scores)))
    for name, area in (("roc_auc", roc), ("average_precision", precision)):
        out[name] = mean(area(column, [int(k == (1 if c == 2 else i)) for k in label]) for i, column in enumerate(columns) if c == 2 or i in label)
    return out


def expected(name):
    rows = records(name)
    four, label = [r[:4] for r in rows], ["abcd".index(r[4]) for r in rows]
    above = max(map(max, four)) - mean(map(mean, four))
    line = {"mean_squared_error(x = target)": mean((r[i] - r[6 + i]) ** 2 for r in rows for i in (0, 1))}
    line["r_squared"] = mean(1 - sum((r[i] - r[6 + i]) ** 2 for r in rows) / sum((r[6 + i] - mean(q[6 + i] for q in rows)) ** 2 for r in rows) for i in (0, 1))
    x, y = [r[0] for r in rows], [r[6] for r in rows]
    line.update(first_pearson=pearson(x, y), first_spearman=pearson(ranks(x), ranks(y)))
    return {
        "four": of_classes(four, label, 10) | {"reach": 2 * above, "reach(times = 3)": 3 * above},
        "pair": of_classes([r[:2] for r in rows], [["no", "yes"].index(r[5]) for r in rows], 15),
        "line": line,
    }


def lists(name):
    """Of what is taken for another class, and of all, the first by how sure and by -log p: (row, label, answered, score)."""
    found = {"wrong_records(most = 5)": [], "hardest_records(most = 3)": []}
    for i, row in enumerate(records(name)):
        p, own = softmax(row[:4]), "abcd".index(row[4])
        taken = p.index(max(p))
        if taken != own:
            found["wrong_records(most = 5)"].append((i + 1, row[4], "abcd"[taken], max(p)))
        found["hardest_records(most = 3)"].append((i + 1, row[4], "abcd"[taken], -math.log(p[own])))
    return {name: sorted(rows, key=lambda row: (-round(row[3], 6), row[0])) for name, rows in found.items()}


def compare_list(ours, right, most):
    rows = [(int(one["place"].split(":")[-1]), one["label"], one["answered"], one["score"]) for one in ours["records"]]
    isSame = ours["count"] == len(right) and len(rows) == most and all(a[:3] == b[:3] and abs(a[3] - b[3]) < 1e-5 for a, b in zip(rows, right))
    print(ours, right[:most], "" if isSame else "WRONG")
    return not isSame


def compare(ours, right, what):
    wrong = 0
    for name, value in ours.items():
        if name in right:
            isSame = abs(value - right[name]) <= 1e-6 * max(1, abs(right[name]))
            print(f"{what} {name}: {value}, right {right[name]}" + ("" if isSame else "   WRONG"))
            wrong += not isSame
    return wrong


def main(what, folder, run=None):
    if what == "make":
        for name in COUNTS:
            with open(os.path.join(folder, name + ".csv"), "w", newline="") as f:
                csv.writer(f).writerows(records(name))
        return 0
    with open(os.path.join(folder, run, "summary.json")) as f:
        tests = json.load(f)["tests"]
    right, wrong = expected("test"), 0
    for title, measured in tests.items():
        stage = title.split(".")[0]
        values = {name: value for name, value in measured.items() if name not in ("checkpoint", "records")}
        for name, right_rows in lists("test").items() if stage == "four" else ():
            wrong += compare_list(values.pop(name), right_rows, int(name[-2]))
        for name, points in curves("test").get(stage, {}).items():
            wrong += compare_curve(values.pop(name)["points"], points, f"{stage} {name}")
        assert not set(values) - set(right[stage]) and len(values) >= 4, values
        wrong += compare(values, right[stage], stage)
    with open(os.path.join(folder, run, "metrics.jsonl")) as f:
        epochs = [json.loads(line) for line in f if '"val.macro_f1"' in line]
    assert len(epochs) == 2, epochs
    for epoch in epochs:
        wrong += compare({"macro_f1": epoch["val.macro_f1"], "roc_auc": epoch["val.roc_auc"]}, expected("val")["four"], "val")
    return wrong


sys.exit(main(*sys.argv[1:]))
