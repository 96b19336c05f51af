#!/usr/bin/env python3
"""Writes the data, the base and plain.tl of tests/run/kept_bases.tl, and holds what is kept against roundings of its own.

  kept_bases.py write FOLDER
  kept_bases.py check FOLDER
"""
import json, math, os, random, struct, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import points
from tensors import dtypes, tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
SHAPES = {"table": [4, 256], "up.w": [4, 256], "up.b": [256], "mid.w": [256, 192], "mid.b": [192]}


def write(path, values):
    header, data = {}, b""
    for name, numbers in values.items():
        part = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": SHAPES[name], "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def f32(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def bf16(number):
    """The nearest number with 8 digits, the even one of two."""
    bits, = struct.unpack("<I", struct.pack("<f", number))
    bits += 0x7FFF + (bits >> 16 & 1)
    return struct.unpack("<f", struct.pack("<I", bits >> 16 << 16))[0]


def in_bytes(numbers, length):
    """What is read of rows of that length: whole numbers of steps, of which the greatest has 127."""
    made = []
    for at in range(0, len(numbers), length):
        row = numbers[at:at + length]
        step = f32(max(map(abs, row)) / 127)
        made += [f32(round(f32(number / step)) * step) if step >= 2.0 ** -126 else 0.0 for number in row]
    return made


if command == "write":
    points.write(place("points.csv"), 200)
    draw = random.Random(5)
    base = {name: [f32(draw.gauss(0, 0.1)) for _ in range(math.prod(shape))] for name, shape in SHAPES.items()}
    base["mid.w"][192:384] = [0.0] * 192                     # a row of nothing
    base["mid.w"][384:576] = [f32(1e-40)] * 192                  # of numbers too small for a step
    base["mid.w"][576:578] = [1.0, f32(2.5 / 127)]              # as near to 2 steps as to 3
    base["table"][:256] = [f32(10 * number) for number in base["table"][:256]]
    write(place("base.safetensors"), base)
    kept = {name: in_bytes(numbers, SHAPES[name][-1]) if name in ("mid.w", "table") else numbers for name, numbers in base.items()}
    write(place("kept.safetensors"), kept)
    with open(place("kept.tl")) as f:
        script = f.read().replace(" in i8", "").replace("base.safetensors", "kept.safetensors")
    with open(place("plain.tl"), "w") as f:
        f.write(script)
    sys.exit()


def events(run, stage, kind):
    with open(place(run, "metrics.jsonl")) as f:
        return [line for line in map(json.loads, f) if line["event"] == kind and line["stage"] == stage]


def weights(run, stage, step):
    return place(run, "checkpoints", f"{stage}-{step:09}", "weights.safetensors")


def contents(path):
    with open(path, "rb") as f:
        return f.read()


def relative(kept, numbers):
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(kept, numbers)) / sum(b * b for b in numbers))


base, plain = tensors(place("base.safetensors")), tensors(place("kept.safetensors"))
with open(place("whole", "summary.json")) as f:
    told = json.load(f)["kept"]
for stage, form, rounded in (("bytes", "i8", lambda numbers, name: list(plain[name])), ("half", "bf16", lambda numbers, name: list(map(bf16, numbers)))):
    path = weights("whole", stage, 10)
    saved = tensors(path)
    assert dtypes(path)["body.mid.w"] == {"i8": "F32", "bf16": "BF16"}[form], dtypes(path)
    assert not [name for name in saved if "step" in name], sorted(saved)
    for name in ("mid.w", "table"):
        wanted = rounded(base[name], name)
        assert list(saved["body." + name]) == wanted, (stage, name, [x for x in zip(saved["body." + name], wanted, base[name]) if x[0] != x[1]][:5])
        error = told[stage]["weights"]["body." + name]
        assert error["kept"] == form and math.isclose(error["relative"], relative(wanted, base[name]), rel_tol=1e-6), (error, relative(wanted, base[name]))
        assert math.isclose(error["largest"], max(abs(a - b) for a, b in zip(wanted, base[name])), rel_tol=1e-6), error
    total, = told[stage]["total"]
    both = [sum((rounded(base[name], name) for name in ("mid.w", "table")), []), list(base["mid.w"]) + list(base["table"])]
    assert total["kept"] == form and math.isclose(total["relative"], relative(*both), rel_tol=1e-6), total
    assert list(saved["body.mid.b"]) != list(base["mid.b"]) and list(saved["body.up.w"]) != list(base["up.w"]), "what is not frozen trains"
assert all(entry["relative"] == 0 for entry in told["again"]["weights"].values()), told["again"]
for stage, steps in (("bytes", 10), ("half", 10), ("adapted", 10), ("again", 1)):
    for run in ("threads", "parts"):
        assert contents(weights(run, stage, steps)) == contents(weights("whole", stage, steps)), f"{run}: {stage} has other bits"
with open(place("parts", "summary.json")) as f:
    assert json.load(f)["kept"] == told, "a resumed run tells of other errors"

for kind, what in (("step", ["step.loss", "step.gradient_norm"]), ("epoch", ["train.loss", "val.loss"])):
    ours, theirs = ([[e[key] for key in what] for e in events(run, "bytes", kind)] for run in ("whole", "wide"))
    assert ours and ours == theirs, f"{kind}: rounded numbers that are loaded train otherwise\n{ours}\n{theirs}"
saved, exported = tensors(weights("whole", "bytes", 10)), tensors(place("bytes.safetensors"))
assert dict(exported) == dict(saved) and set(dtypes(place("bytes.safetensors")).values()) == {"F32"}
adapted, merged = tensors(weights("whole", "adapted", 10)), tensors(place("merged.safetensors"))
a, b = adapted["body.mid.w.Low.a"], adapted["body.mid.w.Low.b"]
assert any(b) and sorted(merged) == sorted(saved)
for i in range(256):
    for j in range(192):
        wanted = plain["mid.w"][i * 192 + j] + 0.5 * sum(a[2 * i + k] * b[192 * k + j] for k in range(2))
        assert abs(merged["body.mid.w"][i * 192 + j] - wanted) < 1e-6 * max(1, abs(wanted)), (i, j)
