#!/usr/bin/env python3
"""Points in three classes, and what folds of them leave.

  folds.py make FOLDER
  folds.py alone FOLDER PART SCRIPT      trains a fold by a script of its own, on files that are cut so, in FOLDER/part-PART
  folds.py chained FOLDER RUN PART SCRIPT   the same of all stages of the script, whose last one in that part is what RUN has measured
  folds.py check FOLDER RUN              each fold is what that script has come to; its mean and deviation are theirs
  folds.py same RUN OTHER                both have the same folds, logs, weights and summary
  folds.py unfinished RUN COPY           a copy in which the second fold lacks its last checkpoint
  folds.py page RUN                      its report has them
"""
import json, math, os, shutil, statistics, subprocess, sys
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import runs
from philox import philox

parts = 3


def make(folder):
    with open(os.path.join(folder, "points.csv"), "w") as f:
        lines = []
        for i in range(560):
            x = [math.sin(1.7 * i * (j + 1)) + math.cos(0.3 * i + j) for j in range(4)]
            town = f"t{i % 7}" if i % 3 else f"rare{i // 5}"  # some stand in one fold alone
            kind = ((x[0] > 0) + (x[1] * x[2] > 0.1 * math.sin(9 * i))) if i % 3 else i // 5 % 3
            lines.append(",".join(f"{v:.6f}" for v in x) + f",{town},{kind}\n")
        f.write("".join(lines + lines[::14]))  # equal ones are in one fold


def words(line):
    """Random words that the record decides: FNV-1a of its cells, each behind a tab, then philox."""
    digest = 0xCBF29CE484222325
    for cell in line.rstrip("\n").split(","):
        for byte in f"\t{cell}".encode():
            digest = (digest ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return philox((digest & 0xFFFFFFFF, digest >> 32, 0, 0), (0x73706C69, 0x74427948))


def cut(folder, part, script, lines, out):
    """What is `out` of the lines of `train` and `val` is `val` in part-PART."""
    os.makedirs(os.path.join(folder, f"part-{part}"), exist_ok=True)
    train = [line for line, is_out in zip(lines, out) if not is_out]
    towns = [line.split(",")[4] for line in train]
    for name, chosen in (("train", train), ("val", [line for line, is_out in zip(lines, out) if is_out])):
        with open(os.path.join(folder, f"part-{part}", name + ".csv"), "w") as f:
            for line in chosen:
                cells = line.split(",")
                cells[4] = cells[4] if towns.count(cells[4]) >= 2 else "elsewhere"
                f.write(",".join(cells))
    with open(os.path.join(folder, script)) as f:
        text = f.read()
    whole = text[text.index("data points"):text.index("model ")]
    head, source = whole.replace("points", "all", 1), whole
    head = head.replace('"points.csv"', '"../points.csv"').replace("  x = normalize(x, fit = train)\n", "")
    line = next(line for line in source.splitlines() if "source train" in line) + "\n"
    both = line.replace("points.csv", "train.csv") + line.replace("source train", "source val").replace("points.csv", "val.csv")
    source = source.replace(line, both).replace("fit = train, least = 2", "vocabulary = all.kinds")
    source = "".join(line for line in source.splitlines(True) if "split" not in line)
    text = text.replace(whole, head + source)
    text = text[:text.index("folds fit {")]
    with open(os.path.join(folder, f"part-{part}", "alone.tl"), "w") as f:
        f.write("".join(line for line in text.splitlines(True) if not line.startswith("#")))


def alone(folder, part, script, *stages):
    own = os.path.join(folder, f"part-{part}")
    with open(os.path.join(folder, "points.csv")) as f:
        lines = [line for line in f if words(line)[0] / 2**32 < 0.8]
    cut(folder, part, script, lines, [words(line)[1] * parts >> 32 == part - 1 for line in lines])
    subprocess.run(["tlc", "build", os.path.join(own, "alone.tl"), "-o", os.path.join(own, "alone")], check=True)
    subprocess.run([os.path.join(own, "alone"), *stages, "--out", os.path.join(own, "run"), "--seed", "3"], check=True)


def chained(folder, run, part, script):
    os.mkdir(os.path.join(folder, f"part-{part}"))
    shutil.copy(os.path.join(folder, "others.csv"), os.path.join(folder, f"part-{part}"))
    alone(folder, part, script)
    best = [line for line in read(os.path.join(folder, f"part-{part}", "run"), "metrics.jsonl") if line.get("best") and line["stage"] == "fit"][-1]
    for measure in read(os.path.join(folder, run), "summary.json")["folds"]["fit"]["measures"]:
        assert measure["values"][part - 1] == best[measure["name"]], (part, measure, best)


def unfinished(run, copy):
    shutil.copytree(run, copy)
    checkpoints = os.path.join(copy, "folds/fit/2-of-3/checkpoints")
    shutil.rmtree(os.path.join(checkpoints, max(os.listdir(checkpoints))))


def read(run, name):
    with open(os.path.join(run, name)) as f:
        return [json.loads(line) for line in f] if name.endswith("jsonl") else json.load(f)


def check(folder, run):
    folds = read(os.path.join(folder, run), "summary.json")["folds"]["fit"]
    assert folds["parts"] == parts and [measure["name"] for measure in folds["measures"]] == ["val.loss", "val.accuracy", "train.loss"], folds
    unknown = 0
    for part in range(1, parts + 1):
        with open(os.path.join(folder, f"part-{part}", "val.csv")) as f:
            lines = f.readlines()
        unknown += sum("elsewhere" in line for line in lines)
        assert folds["records"][part - 1] == len(lines), (folds["records"], len(lines))
        best = [line for line in read(os.path.join(folder, f"part-{part}", "run"), "metrics.jsonl") if line.get("best")][-1]
        for measure in folds["measures"]:
            assert measure["values"][part - 1] == best[measure["name"]], (part, measure, best)
    assert unknown > 10, unknown
    for measure in folds["measures"]:
        assert math.isclose(measure["mean"], statistics.mean(measure["values"]), rel_tol=1e-12), measure
        assert math.isclose(measure["deviation"], statistics.stdev(measure["values"]), rel_tol=1e-9), measure
    assert len(set(folds["measures"][0]["values"])) == parts, folds
    print(folds)


def page(run):
    with open(os.path.join(run, "report.html"), encoding="utf-8") as f:
        text = f.read()
    for measure in read(run, "summary.json")["folds"]["fit"]["measures"]:
        for value in [measure["mean"], measure["deviation"], *measure["values"]]:
            assert f"{value:.5g}" in text, (measure["name"], value)
    assert "Folds" in text and "has looked at" in text


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "make":
        make(given[0])
    elif what == "alone":
        alone(given[0], int(given[1]), given[2], "fit")
    elif what == "chained":
        chained(given[0], given[1], int(given[2]), given[3])
    elif what == "unfinished":
        unfinished(*given)
    elif what == "check":
        check(*given)
    elif what == "same":
        runs.compare(*given)
    else:
        page(given[0])
