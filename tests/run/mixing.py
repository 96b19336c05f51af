#!/usr/bin/env python3
"""Writes the data of tests/run/mixing.tl, and holds what its stages logged against the formulas.

  mixing.py write FOLDER
  mixing.py check RUN
  mixing.py same RUN WHOLE PARTS STOPPED   the stages that train, whatever the threads and after a resume
"""
import json, math, os, random, sys

command, *folders = sys.argv[1:]
failed = False


def expect(what, isTrue, ours):
    global failed
    if not isTrue:
        failed = True
        print(f"{what}: {ours}")


def events(folder):
    with open(os.path.join(folder, "metrics.jsonl")) as f:
        return [json.loads(line) for line in f]


if command == "write":
    at = lambda name: os.path.join(folders[0], name)
    with open(at("places.csv"), "w") as f:
        f.write(",".join(f"p{k}" for k in range(128)) + "\n" + ",".join(f"{k},{j}" for k in range(8) for j in range(8)) + "\n")
    draw = random.Random(5)
    for name, records in (("records.csv", 12), ("others.csv", 7)):  # the last batch of 5 has 2
        with open(at(name), "w") as f:
            f.write(",".join(f"p{k}" for k in range(48)) + ",label\n")
            f.writelines(",".join(str(round(draw.uniform(0.05, 0.95), 4)) for _ in range(48)) + f",{r % 3}\n" for r in range(records))
elif command == "check":
    epochs = [line for line in events(folders[0]) if line["event"] == "epoch"]
    of = lambda stage, name: [e["train." + name] for e in epochs if e["stage"] == stage]

    heights = [8 * (b - a) for a, b in zip(of("crop_part", "row3"), of("crop_part", "row4"))]
    widths = [8 * (b - a) for a, b in zip(of("crop_part", "column3"), of("crop_part", "column4"))]
    tops = [row + 0.5 - 3.5 * h / 8 for row, h in zip(of("crop_part", "row3"), heights)]
    lefts = [column + 0.5 - 3.5 * w / 8 for column, w in zip(of("crop_part", "column3"), widths)]
    inside = lambda values, low, high: all(low - 1e-4 <= v <= high + 1e-4 for v in values)
    areas, ratios = [h * w / 64 for h, w in zip(heights, widths)], [w / h for h, w in zip(heights, widths)]
    expect("a part's area", inside(areas, 0.25, 0.5) and min(areas) < 0.27 and max(areas) > 0.48, (min(areas), max(areas)))
    expect("its ratio", inside(ratios, 0.5, 2) and min(ratios) < 0.55 and max(ratios) > 1.8, (min(ratios), max(ratios)))
    expect("parts lie inside", all(t >= -1e-3 and t + h <= 8.001 for t, h in zip(tops + lefts, heights + widths)), "")
    expect("and anywhere", min(tops) < 0.3 and max(t + h for t, h in zip(tops, heights)) > 7.7, (min(tops), max(tops)))

    blank, rows, columns = (of("erase_one", name) for name in ("blank", "blankRows", "blankColumns"))
    expect("what is blank is a rectangle", all(n == r * c for n, r, c in zip(blank, rows, columns)), list(zip(blank, rows, columns))[:9])
    expect("of the area that is asked for", min(blank) >= 4 and max(blank) <= 25 and min(blank) < 9 and max(blank) > 16, (min(blank), max(blank)))

    sums = [round(v - 3) for v in of("choose", "row3")]
    share = lambda test: sum(map(test, sums)) / len(sums)
    expect("a quarter is changed", abs(share(lambda v: v % 1000 == 100) - 0.25) < 0.09, share(lambda v: v % 1000 == 100))
    for k in range(4):  # four deviations of 400 draws
        expect(f"choice {k} is taken as often as others", abs(share(lambda v: v // 1000 % 10 == k) - 0.25) < 0.09, share(lambda v: v // 1000 % 10 == k))
    for k, wanted in enumerate((0.25, 0.5, 0.25)):
        expect(f"{k} of two changes", abs(share(lambda v: v // 10000 == k) - wanted) < 0.1, share(lambda v: v // 10000 == k))

    mean = lambda stage, name: sum(of(stage, name)) / len(of(stage, name))
    # Of Beta(a, a) the mean is 1/2, the variance 1 / (4 · (2a + 1)); four deviations of 4,800 draws.
    for stage, square in (("mixup_seen", 0.25 + 1 / (4 * 1.6)), ("mixup_even", 1 / 3)):
        expect(f"{stage}: mean of the share", abs(mean(stage, "share") - 0.5) < 0.024, mean(stage, "share"))
        expect(f"{stage}: mean of its square", abs(mean(stage, "square") - square) < 0.022, (mean(stage, "square"), square))
        expect(f"{stage}: the formula", max(of(stage, "apart")) < 1e-6, max(of(stage, "apart")))
    expect("every pixel is of one record or the next", max(of("cutmix_seen", "strange")) == 0, max(of("cutmix_seen", "strange")))
    expect("as many as the share says are its own", max(of("cutmix_seen", "counted")) < 1e-6, max(of("cutmix_seen", "counted")))
    expect("and it is a share", 0.4 < mean("cutmix_seen", "share") < 0.8, mean("cutmix_seen", "share"))
    for stage in ("mixup_seen", "cutmix_seen"):
        apart = max(abs(a - b) for a, b in zip(of(stage, "here"), of(stage, "there")))
        expect(f"{stage}: each record is next to one, and nothing is that only fills up a batch", apart < 1e-6, apart)
    # Records are mixed with each other all round, so the mean is that of the labels; an epoch is not. Four deviations of 200 epochs.
    losses, plain = of("labels_seen", "loss"), math.log(1 + math.e + math.e**3) - 4 / 3
    expect("labels are mixed", max(losses) - min(losses) > 0.3 and abs(sum(losses) / 200 - plain) < 0.06, (min(losses), max(losses), sum(losses) / 200, plain))
    for stage in ("mixup_trained", "cutmix_trained"):
        expect(f"{stage} is measured", len(of(stage, "accuracy")) == 4 and all("val.accuracy" in e for e in epochs if e["stage"] == stage), "")
else:
    run, whole, parts, stopped = map(events, folders)
    for stage, there in (("mixup_trained", whole), ("cutmix_trained", parts), ("cutmix_trained", stopped)):
        lines = [[line for line in log if line.get("stage") == stage and line["event"] == "epoch"] for log in (run, there)]
        expect(f"{stage}: the same", lines[0] == lines[1] and len(lines[0]) == 4, lines)
sys.exit(failed)
