#!/usr/bin/env python3
"""Writes the data and weights of tests/run/narrow_weights.tl, and looks at what came of them.

  narrow_weights.py write FOLDER
  narrow_weights.py check FOLDER
"""
import glob, json, os, random, struct, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import dtypes, tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
START = {"exact": ("BF16", "H", [0x3F80, 0xBE99, 0x0001, 0x4049]), "fewer": ("F32", "f", [1.00390625, 1.01171875, -0.1, 30000.0]),
         "half": ("F32", "f", [0.1, 65519.0, 2.0 ** -24, -(2.0 ** -25)]), "same": ("BF16", "H", [0x3DCD, 0xC2F7, 0x0000, 0x8000])}

if command == "write":
    numbers = random.Random(3)
    with open(place("points.csv"), "w") as f:
        f.write("a,b,c,d,kind\n")
        for i in range(90):
            f.write(",".join(f"{numbers.gauss(i % 3 == j, 1):.2f}" for j in range(4)) + f",{'uvw'[i % 3]}\n")
    for file, given in (("start", START), ("large", dict(START, half=("F32", "f", [0.1, 70000.0, 0, 0])))):
        header, data = {}, b""
        for name, (dtype, code, values) in given.items():
            part = struct.pack(f"<4{code}", *values)
            header[name] = {"dtype": dtype, "shape": [4], "data_offsets": [len(data), len(data) + len(part)]}
            data += part
        text = json.dumps(header).encode()
        with open(place(file + ".safetensors"), "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + data)
    sys.exit()

failures = []


def same(what, got, wanted):
    if got != wanted:
        failures.append(f"{what}: {got}, expected {wanted}")


def last(run, stage, part="weights"):
    return sorted(glob.glob(place(run, "checkpoints", f"{stage}-*", part + ".safetensors")))[-1]


KEPT = {"w": "BF16", "c": "F16", "seen": "BF16"}
same("types", dtypes(last("whole", "fit")), {f"body.{layer}.{name}": dtype for layer in ("up", "down") for name, dtype in KEPT.items()})
same("types exported", dtypes(place("exported.safetensors")), dtypes(last("whole", "fit")))
same("types of states", set(dtypes(last("whole", "fit", "training")).values()), {"F32", "F64"})
for run in "threads", "parts":
    for stage, part in (("fit", "weights"), ("fit", "training"), ("widened", "weights")):
        with open(last("whole", stage, part), "rb") as a, open(last(run, stage, part), "rb") as b:
            same(f"bytes of {stage}/{part} in {run}", b.read() == a.read(), True)

# bf16 is the upper half of an f32; of two as near it is the even one, and of f16 likewise.
started = {name: list(values) for name, values in tensors(last("whole", "loading")).items()}
upper = lambda bits: struct.unpack("<f", struct.pack("<I", bits << 16))[0]
same("wider", started["start.exact"], [upper(bits) for bits in START["exact"][2]])
same("the same, and as it starts", started["start.same"], [upper(bits) for bits in START["same"][2][:2] + [0x3DCD] * 2])
same("to bf16", started["start.fewer"], [1.0, 1.015625, upper(0xBDCD), upper(0x46EA)])
same("to f16", started["start.half"], [0.0999755859375, 65504.0, 2.0 ** -24, -0.0])

# A later stage has the numbers as f32; those of the reference are as near as one step of bf16 or f16.
ours = tensors(last("whole", "fit"))
widened = tensors(last("whole", "widened"))
for name, values in ours.items():
    same(f"{name} widened", list(widened[name]), list(values))
same("types widened", set(dtypes(last("whole", "widened")).values()), {"F32"})
reference, moved = tensors(place("reference", "fit.safetensors")), 0
for name, values in ours.items():
    step = 2.0 ** (-7 if KEPT[name.split(".")[-1]] == "BF16" else -10)
    for got, wanted in zip(values, reference[name]):
        moved += got != wanted
        if not abs(got - wanted) <= step * max(abs(wanted), 2.0 ** -14):
            failures.append(f"{name} has {got}, the reference {wanted}")
if moved > 0.05 * sum(map(len, ours.values())):
    failures.append(f"{moved} numbers are another one than the reference's")
print("\n".join(failures) or "weights of 16 bits are what they should be")
sys.exit(bool(failures))
