#!/usr/bin/env python3
"""Writes the weights that tests/run/remaps.tl loads, and holds what it made of them against the same in plain Python.

  remaps.py write FOLDER     two shards and their index
  remaps.py check FOLDER     what the program saved, and what tl-ref did
  remaps.py exported FOLDER  what `export` wrote
"""
import json, os, struct, sys

command, folder = sys.argv[1], sys.argv[2]
place = lambda name: os.path.join(folder, name)
CODES = {"F32": "f", "F64": "d", "F16": "e", "I64": "q", "I32": "i", "BF16": "H"}


def write(name, tensors):
    header, data = {}, b""
    for key, (dtype, shape, values) in tensors.items():
        if dtype == "BF16":
            values = [struct.unpack("<I", struct.pack("<f", value))[0] >> 16 for value in values]
        part = struct.pack(f"<{len(values)}{CODES[dtype]}", *values)
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    with open(place(name), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def read(name):
    with open(place(name), "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    header.pop("__metadata__", None)
    return {key: [float(v) for v, in struct.iter_unpack("<" + CODES[entry["dtype"]], data[slice(*entry["data_offsets"])])]
            for key, entry in header.items()}


def ramp(start, *shape):
    count = 1
    for size in shape:
        count *= size
    return "F32", list(shape), [start + i / 8 for i in range(count)]


one = {"h.1.dense.kernel": ramp(10, 2, 3), "h.2.dense.kernel": ramp(20, 2, 3), "h.1.qkv": ramp(30, 3, 6), "h.2.qkv": ramp(40, 3, 6),
       "blocks.0.bias": ramp(50, 2), "blocks.1.bias": ramp(60, 2), "h.1.step": ("I64", [], [5]), "unused": ("I64", [1], [5])}
two = {"plain": ramp(70, 2, 3), "positions": ramp(80, 5, 2), "words": ramp(90, 3, 2), "conv.weight": ramp(100, 4, 2, 3, 2),
       "upper": ramp(110, 2, 3), "lower": ramp(120, 3, 3), "two": ramp(130, 2, 2), "fused": ramp(140, 4, 4),
       "f16": ("F16", [3], [1.5, -2 ** -24, 1024]), "bf16": ("BF16", [3], [1.5, -3 * 2 ** -100, 2 ** 100]),
       "f64": ("F64", [3], [0.1, -1e-50, 16777217]), "mean": ("BF16", [4], [1, 2, 3, 4]), "num_batches_tracked": ("I64", [], [-12])}

if command == "write":
    write("one.safetensors", one)
    write("two.safetensors", two)
    with open(place("theirs.safetensors.index.json"), "w") as f:
        json.dump({"metadata": {}, "weight_map": {key: name for name, part in (("one.safetensors", one), ("two.safetensors", two))
                                                  for key in part}}, f)
    with open(place("points.csv"), "w") as f:
        f.write("x,z,y\n" + "1,2,3\n" * 4)
    sys.exit()

of = {key: values for key, (_, _, values) in {**one, **two}.items()}
f32 = lambda x: struct.unpack("<f", struct.pack("<f", x))[0]
expected = {"plain": of["plain"], "pos": of["positions"][2:8], "table": of["words"] + [7] * 4,
            "conv": [of["conv.weight"][((o * 2 + i) * 3 + y) * 2 + x] for y in range(3) for x in range(2) for i in range(2) for o in range(4)],
            "joined": of["upper"] + of["lower"],
            "padded": [v for row in range(2) for v in [5] + of["two"][2 * row:2 * row + 2] + [5, 5]],
            "half": of["f16"] + of["bf16"], "double": [f32(x) for x in of["f64"]], "fresh": [7, 7], "mean": of["mean"], "seen": [-12]}
for name, column in ("even", 0), ("odd", 1):  # fused as [4, 2, 2], its last two axes swapped, one of the middle, as [2, 4]
    expected[name] = [of["fused"][(a * 2 + c) * 2 + column] for a in range(4) for c in range(2)]
for block in 0, 1:
    dense, qkv = of[f"h.{block + 1}.dense.kernel"], of[f"h.{block + 1}.qkv"]
    expected[f"blocks[{block}].w"] = [dense[i * 3 + o] for o in range(3) for i in range(2)]
    expected[f"blocks[{block}].b"] = of[f"blocks.{block}.bias"]
    for part, name in enumerate("qkv"):
        expected[f"blocks[{block}].{name}"] = [qkv[row * 6 + 2 * part + i] for row in range(3) for i in range(2)]
second = {"turned": [of["plain"][i * 3 + j] for j in range(3) for i in range(2)], "w": [3, 3]}

failed = False
if command == "exported":
    dotted = {("net." + name).replace("[", ".").replace("]", ""): values for name, values in expected.items()}
    sys.exit(read("first.safetensors") != dotted)
checkpoint = lambda stage: f"run/checkpoints/{stage}-000000001/weights.safetensors"
for file, wanted in ((checkpoint("first"), expected), (checkpoint("second"), second), ("reference/first.safetensors", expected),
                     ("reference/second.safetensors", second)):
    ours = read(file)
    for name, values in wanted.items():
        if ours.get("net." + name) != values:
            failed = True
            print(f"{file}: {name} is {ours.get('net.' + name)}, expected {values}")
    if extra := {name for name in ours if "/" not in name} - {"net." + name for name in wanted}:
        failed = True
        print(f"{file}: nobody expected {sorted(extra)}")
sys.exit(failed)
