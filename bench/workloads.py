"""What the workloads of bench/ train on: one batch, initial weights, both the same everywhere.

  prepare(folder, "W2")     writes them beside a copy of the script
"""
import array, json, math, os, random, shutil, struct

HERE = os.path.dirname(os.path.abspath(__file__))
MLPS = {"W1": (2, 16, 16, 1), "W2": (784, 256, 128, 10), "W3": (784, 512, 256, 64, 256, 512, 784)}
# records, rows, columns, channels of an image
IMAGES = {"W4": (64, 28, 28, 1), "W5": (32, 32, 32, 3)}
BATCH = {"W1": 32, "W2": 64, "W3": 128}
# vocabulary, places, d, blocks, heads, batch
GPTS = {"W6": (65, 64, 128, 4, 4, 12), "W7": (65, 256, 384, 6, 6, 8), "W8": (30522, 128, 256, 4, 4, 16), "W9": (30522, 128, 256, 4, 4, 16)}
LSTM = (32, 64, 256, 64)  # W10: batch, places, d, classes
NAMES = [*MLPS, *IMAGES, *GPTS, "W10"]


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


def convolution(draw, size, channels, out):
    return uniform(draw, (size, size, channels, out), (2 / (size * size * channels)) ** 0.5)


def cnn(draw):
    dense = lambda rows, columns: uniform(draw, (rows, columns), rows ** -0.5)
    tensors = {"net[0].w": convolution(draw, 3, 1, 32), "net[3].w": convolution(draw, 3, 32, 64), "net[7].w": dense(3136, 128), "net[9].w": dense(128, 10)}
    for i, columns in ((0, 32), (3, 64), (7, 128), (9, 10)):
        tensors[f"net[{i}].b"] = uniform(draw, (columns,), 0.01)
    return tensors


def resnet_blocks():
    """(stage, number, channels, width, stride) of each block of ResNet-18."""
    channels = 64
    for stage, (width, stride) in enumerate(((64, 1), (128, 2), (256, 2), (512, 2))):
        for i in range(2):
            yield stage, i, channels, width, stride if i == 0 else 1
            channels = width


def resnet(draw):
    tensors = {}

    def normed(convolution_at, norm_at, size, channels, out):
        tensors[convolution_at + ".w"] = convolution(draw, size, channels, out)
        for leaf, mean in (("g", 1), ("b", 0)):
            tensors[f"{norm_at}.{leaf}"] = uniform(draw, (out,), 0.02, mean)
        for leaf, value in (("mean", 0), ("variance", 1)):
            tensors[f"{norm_at}.{leaf}"] = uniform(draw, (out,), 0, value)

    normed("stem[0]", "stem[1]", 3, 3, 64)
    for stage, i, channels, width, stride in resnet_blocks():
        block = f"stages[{stage}].{'rest[0]' if i else 'first'}."
        normed(block + "conv1", block + "norm1", 3, channels, width)
        normed(block + "conv2", block + "norm2", 3, width, width)
        if stride != 1 or channels != width:
            normed(block + "skip.path[0]", block + "skip.path[1]", 1, channels, width)
    tensors["head.w"], tensors["head.b"] = uniform(draw, (512, 10), 512 ** -0.5), uniform(draw, (10,), 0.01)
    return tensors


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


def lstm(draw):
    _, _, d, classes = LSTM
    spread = (3 * d) ** -0.5
    shapes = {"net[0].w": (d, 4 * d), "net[0].u": (d, 4 * d), "net[0].b": (4 * d,), "net[0].c": (4 * d,), "net[1].w": (d, classes), "net[1].b": (classes,)}
    return {name: uniform(draw, shape, spread) for name, shape in shapes.items()}


def tokens(draw, name):
    """[record][plane][place]: numbers of tokens, then what is to be guessed; where they need it, two planes for two bytes."""
    vocabulary, places, _, _, _, records = GPTS[name]
    planes = []
    for _ in range(records):
        record = [[draw.randrange(vocabulary) for _ in range(places)] for _ in range(2)]
        planes.append(record if vocabulary <= 256 else [[n >> 8 for n in row] if high else [n & 255 for n in row] for row in record for high in (1, 0)])
    if name == "W8":  # a last plane says which record it is
        for number, record in enumerate(planes):
            record.append([number] * places)
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
    elif name in IMAGES:
        shape = IMAGES[name]
        write_idx(at(f"{low}-images"), shape[:3] if shape[3] == 1 else shape, draw.randbytes(math.prod(shape)))
        write_idx(at(f"{low}-labels"), shape[:1], [r % 10 for r in range(shape[0])])
        return write_weights(at(f"{low}.safetensors"), cnn(draw) if name == "W4" else resnet(draw))
    if name == "W2":
        write_idx(at("w2-labels"), (BATCH[name],), [r % 10 for r in range(BATCH[name])])
    if name in MLPS:
        return write_weights(at(f"{low}.safetensors"), mlp(draw, name))
    if name == "W10":
        write_idx(at("w10-images"), LSTM[:3], draw.randbytes(math.prod(LSTM[:3])))
        return write_weights(at("w10.safetensors"), lstm(draw))
    planes = tokens(draw, name)
    write_idx(at(f"{low}-ids"), (len(planes), len(planes[0]), len(planes[0][0])), [n for record in planes for plane in record for n in plane])
    write_weights(at(f"{low}.safetensors"), gpt(draw, name, "" if name == "W9" else "body."))
    if name == "W9":
        write_idx(at("w9-labels"), (len(planes),), [r % 2 for r in range(len(planes))])
        write_weights(at("w9-head.safetensors"), {"w": uniform(draw, (GPTS[name][2], 2), GPTS[name][2] ** -0.5), "b": uniform(draw, (2,), 0.01)})
