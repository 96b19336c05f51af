#!/usr/bin/env python3
"""Real images for tests/run/trained_resnets.test, and the answers to them held against those saved beside the weights.

  trained.py unpack DATA FOLDER           the batches of CIFAR-10, unpacked into FOLDER
  trained.py images BATCH COUNT           the first images as lines for `predict`, rows of pixels of channels
  trained.py compare ANSWERS.JSON SAVED.NPY AWAY    answers `value` against the saved rows, within AWAY of each number
"""
import json, lzma, os, struct, sys


def unpack(data, folder):
    for name in ("data_batch_1.bin", "test_batch.bin"):
        with lzma.open(os.path.join(data, "cifar10", name + ".xz")) as packed, open(os.path.join(folder, name), "wb") as out:
            out.write(packed.read())


def images(batch, count):
    with open(batch, "rb") as f:
        for _ in range(count):
            record = f.read(3073)
            pixel = lambda p: [record[1 + c * 1024 + p] for c in range(3)]
            print(json.dumps({"image": [[pixel(32 * i + j) for j in range(32)] for i in range(32)]}))


def rows(path):
    """An array of float32 in two dimensions, as NumPy saves it."""
    with open(path, "rb") as f:
        front = f.read(10)
        header = f.read(struct.unpack("<H", front[8:])[0]).decode()
        width = int(header.split("'shape': (")[1].split(")")[0].split(",")[1])
        if "'<f4'" not in header or "'fortran_order': False" not in header:
            sys.exit(f"{path}: {header}")
        numbers = f.read()
    return [struct.unpack_from(f"<{width}f", numbers, at) for at in range(0, len(numbers), 4 * width)]


def compare(answers, saved, away):
    wanted, worst, count, agreed = rows(saved), 0, 0, 0
    with open(answers) as f:
        for line, theirs in zip(f, wanted):
            ours = json.loads(line)["value"]
            worst = max(worst, max(abs(a - b) for a, b in zip(ours, theirs)))
            agreed += ours.index(max(ours)) == theirs.index(max(theirs))
            count += 1
    print(f"{count} answers, at most {worst:.1e} apart, {agreed} of the same class")
    sys.exit(not (count > 0 and worst <= away and agreed == count))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"unpack": lambda: unpack(*arguments), "images": lambda: images(arguments[0], int(arguments[1])),
     "compare": lambda: compare(arguments[0], arguments[1], float(arguments[2]))}[command]()
