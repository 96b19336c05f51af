#!/usr/bin/env python3
"""Writes the weights that tests/run/foreign_weights.tl loads, and holds what the program exported against them.

  foreign_weights.py write FOLDER     the same tensors in every format
  foreign_weights.py check FOLDER     what `export` wrote
"""
import json, os, struct, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../fixtures"))
import foreign_weights as foreign, tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda name: os.path.join(folder, name)
WEIGHTS = {"w": ("F32", [2, 3], [0.5, -1.25, 3, 1e-3, 7, -8]), "bias": ("F32", [3], [1, 2, 3]), "half": ("F16", [2, 2], [1.5, -2 ** -24, 1024, 3]),
           "double": ("F64", [2], [0.1, -7.0]), "count": ("I64", [], [12])}
CODES = {**tensors.CODES, "I64": "q"}
FORMATS = ["safetensors", "pt", "old.pt", "npz", "packed.npz"]

if command == "write":
    header, data = {}, b""
    for name, (dtype, shape, numbers) in WEIGHTS.items():
        part = struct.pack(f"<{len(numbers)}{CODES[dtype]}", *numbers)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    with open(place("start.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    foreign.main(place("start.safetensors"), *(place("start." + each) for each in FORMATS[1:]))
    with open(place("position.npy"), "wb") as f:
        f.write(foreign.npy("F32", [2], struct.pack("<2f", 5, 6)))
    with open(place("points.csv"), "w") as f:
        f.write("x,z,y\n" + "1,2,3\n" * 4)
else:
    exported = tensors.tensors(place("exported.safetensors"))
    for part in ("from_safetensors", "from_archive", "from_old_form", "from_arrays", "from_packed"):
        for name, (_, shape, numbers) in WEIGHTS.items():
            found, wanted = exported[f"net.{part}.{name}"], [struct.unpack("<f", struct.pack("<f", each))[0] for each in numbers]
            assert found == wanted and found.shape == shape, (part, name, found, wanted)
    assert exported["net.position"] == [5, 6], exported["net.position"]
