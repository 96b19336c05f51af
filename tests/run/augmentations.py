#!/usr/bin/env python3
"""Holds the images that tests/run/augmentations.tl logged in the current folder against the formulas, in plain Python."""
import json, math, sys

IMAGE = [[7, 1, 4], [2, 8, 5], [3, 0, 6]]
failed = False


def expect(what, isTrue, ours):
    global failed
    if not isTrue:
        failed = True
        print(f"{what}: {ours}")


with open("run/metrics.jsonl") as f:
    epochs = [line for line in map(json.loads, f) if line["event"] == "epoch"]


def values(stage, *names):
    return [tuple(e["train." + name] for name in names) for e in epochs if e["stage"] == stage]


def codes(image):
    return tuple(sum(value * 16 ** j for j, value in enumerate(row)) for row in image)


def images(stage):
    return values(stage, "first", "second", "third")


def pixel(row, column):
    return IMAGE[min(max(row, 0), 2)][min(max(column, 0), 2)]


def turned(angle):
    """Each pixel comes from where the angle takes it, bilinear between its neighbours."""
    out = []
    for up in (-1, 0, 1):
        out.append([])
        for across in (-1, 0, 1):
            row = math.cos(angle) * up + math.sin(angle) * across + 1
            column = math.cos(angle) * across - math.sin(angle) * up + 1
            r, c = math.floor(row), math.floor(column)
            out[-1].append(sum(pixel(r + i, c + j) * (1 - abs(row - r - i)) * (1 - abs(column - c - j)) for i in (0, 1) for j in (0, 1)))
    return codes(out)


def angleOf(seen):
    """The angle in degrees that an image was turned by, and how far it is from that."""
    away = lambda angle: max(abs(a - b) for a, b in zip(turned(angle), seen))
    best, step = min((i / 100 for i in range(-70, 71)), key=away), 0.01
    while step > 1e-8:
        step /= 3
        best = min((best + i * step for i in range(-4, 5)), key=away)
    return math.degrees(best), away(best)


shifts = {codes([[pixel(i - dy, j - dx) for j in range(3)] for i in range(3)]) for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
expect("all nine shifts and no other", set(images("shift_by_one")) == shifts, set(images("shift_by_one")) ^ shifts)

mirrored = codes([row[::-1] for row in IMAGE])
flips = images("flip_a_quarter")
expect("mirrored or not", set(flips) == {codes(IMAGE), mirrored}, set(flips))
# Four deviations of 100 draws.
expect("a quarter is mirrored", abs(flips.count(mirrored) - 25) < 17, flips.count(mirrored))

upended = codes(IMAGE[::-1])
upends = images("upend_a_quarter")
expect("upside down or not", set(upends) == {codes(IMAGE), upended}, set(upends))
expect("a quarter is upside down", abs(upends.count(upended) - 25) < 17, upends.count(upended))

inside = lambda i, j: IMAGE[i][j] if i in range(3) and j in range(3) else 9
crops = {codes([[inside(i + dy, j + dx) for j in range(3)] for i in range(3)]) for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
expect("all nine crops and no other", set(images("crop_by_one")) == crops, set(images("crop_by_one")) ^ crops)
cuts = {codes([[9 if i - y in (-1, 0) and j - x in (-1, 0) else IMAGE[i][j] for j in range(3)] for i in range(3)]) for y in range(3) for x in range(3)}
expect("all nine squares and no other", set(images("cut_two")) == cuts, set(images("cut_two")) ^ cuts)
for stage in ("crop_by_one", "cut_two"):
    expect("channels stay together", set(values(stage, "beside")) == {(1,)}, set(values(stage, "beside")))

angles = [angleOf(seen) for seen in images("turn")]
expect("each image is turned", max(away for _, away in angles) < 0.01, angles)
expect("by up to 30 degrees", all(abs(angle) <= 30 for angle, _ in angles), angles)
expect("both ways, and nearly as far", min(angles)[0] < -24 and max(angles)[0] > 24, angles)

# Five deviations of 10,000 draws.
mean = lambda stage, name: sum(value for value, in values(stage, name)) / 10
for what, ours, formula, away in (
        ("mean of noise", mean("noise_of_half", "loss"), 0, 0.025), ("its square", mean("noise_of_half", "square"), 0.25, 0.018),
        ("what a mask blanks", mean("masked", "loss"), 0.3, 0.023), ("square of a disturbance", mean("disturbed", "loss"), 0.04, 0.003)):
    expect(f"{what}, expected {formula} within {away}", abs(ours - formula) < away, ours)
sys.exit(failed)
