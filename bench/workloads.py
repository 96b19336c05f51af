"""What the workloads of bench/ train on: one batch, initial weights, both the same everywhere.

  prepare(folder, "W2")     writes them beside a copy of the script
"""
import array, json, math, os, random, shutil, struct

HERE = os.path.dirname(os.path.abspath(__file__))
MLPS = {"W1": (2, 16, 16, 1), "W2": (784, 256, 128, 10), "W3": (784, 512, 256, 64, 256, 512, 784)}
BATCH = {"W1": 32, "W2": 64, "W3": 128}
# vocabulary, places, d, blocks, heads, batch
GPTS = {"W6": (65, 64, 128, 4, 4, 12), "W7": (65, 256, 384, 6, 6, 8), "W8": (30522, 128, 256, 4, 4, 16), "W9": (30522, 128, 256, 4, 4, 16)}
NAMES = [*MLPS, *GPTS]


def write_idx(path, shape, values):
    with open(path, "wb") as f:
        f.write(struct.pack(">BBBB", 0, 0, 8, len(shape)) + struct.pack(f">{len(shape)}I", *shape) + bytes(values))


def write_weights(path, tensors):
    """{name: (shape, bytes of f32)} as safetensors."""
    header, place = {}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [place, place + len(data)]}
        place += len(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for _, data in tensors.values():
            f.write(data)


def mlp(draw, name):
    tensors, sizes = {}, MLPS[name]
    for i, (rows, columns) in enumerate(zip(sizes, sizes[1:])):
        for leaf, shape, spread in (("w", [rows, columns], rows ** -0.5), ("b", [columns], 0.01)):
            numbers = [draw.gauss(0, spread) for _ in range(math.prod(shape))]
            tensors[f"net[{2 * i}].{leaf}"] = shape, struct.pack(f"<{len(numbers)}f", *numbers)
    return tensors


def uniform(draw, shape, deviation, mean=0.0):
    """Many numbers quickly: 16 random bits each."""
    step = deviation * math.sqrt(12) / 65536
    numbers = array.array("H", draw.randbytes(2 * math.prod(shape)))
    return shape, array.array("f", (mean + (n - 32767.5) * step for n in numbers)).tobytes()


def gpt(draw, name, at):
    vocabulary, places, d, blocks, _, _ = GPTS[name]
    tensors = {at + "tok.table": uniform(draw, (vocabulary, d), 0.02), at + "pos.table": uniform(draw, (places, d), 0.02)}
    for i in range(blocks):
        for part, rows, columns in (("attn.qkv", d, 3 * d), ("attn.out", d, d), ("ffn.up", d, 4 * d), ("ffn.down", 4 * d, d)):
            tensors[f"{at}blocks[{i}].{part}.w"] = uniform(draw, (rows, columns), 0.02)
            tensors[f"{at}blocks[{i}].{part}.b"] = uniform(draw, (columns,), 0.02)
    for norm in [f"blocks[{i}].norm{k}" for i in range(blocks) for k in (1, 2)] + ["norm"]:
        tensors[f"{at}{norm}.g"] = uniform(draw, (d,), 0.02, 1)
        tensors[f"{at}{norm}.b"] = uniform(draw, (d,), 0.02)
    return tensors


def tokens(draw, name):
    """[record][plane][place]: numbers of tokens, then what is to be guessed; where they need it, two planes for two bytes."""
    vocabulary, places, _, _, _, records = GPTS[name]
    planes = []
    for _ in range(records):
        record = [[draw.randrange(vocabulary) for _ in range(places)] for _ in range(2)]
        planes.append(record if vocabulary <= 256 else [[n >> 8 for n in row] if high else [n & 255 for n in row] for row in record for high in (1, 0)])
    return planes


def prepare(folder, name):
    os.makedirs(folder, exist_ok=True)
    draw, low = random.Random(0), name.lower()
    shutil.copy(os.path.join(HERE, f"{low}.tl"), folder)
    at = lambda file: os.path.join(folder, file)
    if name == "W1":
        with open(at("w1.csv"), "w") as f:
            f.writelines(",".join(f"{draw.gauss(0, 1):.4f}" for _ in range(3)) + "\n" for _ in range(BATCH[name]))
    elif name in MLPS:
        write_idx(at(f"{low}-images"), (BATCH[name], 28, 28), draw.randbytes(BATCH[name] * 784))
    if name == "W2":
        write_idx(at("w2-labels"), (BATCH[name],), [r % 10 for r in range(BATCH[name])])
    if name in MLPS:
        return write_weights(at(f"{low}.safetensors"), mlp(draw, name))
    planes = tokens(draw, name)
    write_idx(at(f"{low}-ids"), (len(planes), len(planes[0]), len(planes[0][0])), [n for record in planes for plane in record for n in plane])
    write_weights(at(f"{low}.safetensors"), gpt(draw, name, "" if name == "W9" else "body."))
    if name == "W9":
        write_idx(at("w9-labels"), (len(planes),), [r % 2 for r in range(len(planes))])
        write_weights(at("w9-head.safetensors"), {"w": uniform(draw, (GPTS[name][2], 2), GPTS[name][2] ** -0.5), "b": uniform(draw, (2,), 0.01)})
