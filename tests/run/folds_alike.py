#!/usr/bin/env python3
"""Points in three classes, one of them rare, of 17 groups, and folds that are cut by either.

  folds_alike.py make FOLDER
  folds_alike.py check FOLDER RUN SCRIPT PART   sizes of all parts; PART is what a script of its own makes of files that are cut so
"""
import collections, math, os, re, subprocess, sys
import folds
from folds import read

parts, kept = 3, 0.8


def make(folder):
    with open(os.path.join(folder, "points.csv"), "w") as f:
        lines = []
        for i in range(560):
            x = [math.sin(1.7 * i * (j + 1)) + math.cos(0.3 * i + j) for j in range(4)]
            kind = 2 if i % 80 == 7 else int(x[0] + x[1] > 0.1 * math.sin(9 * i))
            lines.append(",".join(f"{v:.6f}" for v in x) + f",t{i % 7},{kind},patient {int(i ** 1.6) % 17}\n")
        again = lines[::28] + [line.rsplit(",", 1)[0] + f",patient {i % 17}\n" for i, line in enumerate(lines[14::28])]
        f.write("".join(lines + again))  # equal ones are on one side of a split and, but for groups, in one fold: also those of another patient


def without_group(line):
    """What the record is known by."""
    return line.rsplit(",", 1)[0]


def digest(cells):
    """FNV-1a of the cells, each behind a tab."""
    found = 0xCBF29CE484222325
    for byte in cells.encode():
        found = (found ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return found


def word(found):
    return folds.philox((found & 0xFFFFFFFF, found >> 32, 0, 0), (0x73706C69, 0x74427948))[1]


def by_label(lines):
    known = collections.defaultdict(list)
    for i, line in enumerate(lines):
        found = digest("\t" + without_group(line).replace(",", "\t"))
        known[word(found), found].append(i)
    sizes, dealt, part_of = [0] * parts, collections.defaultdict(lambda: [0] * parts), {}
    for _, equal in sorted(known.items()):
        counts = dealt[lines[equal[0]].split(",")[5]]
        part = min(range(parts), key=lambda p: (counts[p], sizes[p], p))
        counts[part] += len(equal)
        sizes[part] += len(equal)
        part_of.update((i, part) for i in equal)
    for counts in dealt.values():
        assert max(counts) - min(counts) <= 2, dealt  # of a record twice the second goes with the first
    return part_of


def by_group(lines):
    groups = collections.defaultdict(list)
    for i, line in enumerate(lines):
        groups[line.rstrip("\n").split(",")[6]].append(i)
    counts, part_of = [(0, 0)] * parts, {}
    for name in sorted(groups, key=lambda name: (-len(groups[name]), word(digest(name)), digest(name))):
        part = min(range(parts), key=lambda p: (counts[p], p))
        counts[part] = (counts[part][0] + len(groups[name]), counts[part][1] + 1)
        part_of.update((i, part) for i in groups[name])
    return part_of


def check(folder, run, script, part):
    with open(os.path.join(folder, "points.csv")) as f:
        lines = [line for line in f if folds.words(without_group(line))[0] / 2**32 < kept]
    part_of = {"label": by_label, "group": by_group}[run](lines)
    measured = read(os.path.join(folder, run), "summary.json")["folds"]["fit"]
    assert measured["by"] == run and measured["records"] == [list(part_of.values()).count(p) for p in range(parts)], (measured, part_of)
    folds.cut(folder, part, script, lines, [part_of[i] == part - 1 for i in range(len(lines))])
    own = os.path.join(folder, f"part-{part}")
    subprocess.run(["tlc", "build", os.path.join(own, "alone.tl"), "-o", os.path.join(own, "alone")], check=True)
    subprocess.run([os.path.join(own, "alone"), "--out", os.path.join(own, run), "--seed", "3"], check=True)
    best = [line for line in read(os.path.join(own, run), "metrics.jsonl") if line.get("best") and line["stage"] == "fit"][-1]
    for measure in measured["measures"]:
        assert measure["values"][part - 1] == best[measure["name"]], (part, measure, best)
    print(measured)


if __name__ == "__main__":
    make(sys.argv[2]) if sys.argv[1] == "make" else check(*sys.argv[2:5], int(sys.argv[5]))
