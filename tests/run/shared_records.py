#!/usr/bin/env python3
"""Writes images of four pixels into a folder, some of them twice, and a script that trains and tests on them.

  shared_records.py FOLDER
"""
import os, struct, sys

folder = sys.argv[1]
TRAIN = [[i, 2 * i, 7, 0] for i in range(20)]
FILES = {
    "train.idx": TRAIN,
    "val.idx": [TRAIN[3], [3, 6, 7, 1]],
    "test.idx": [[1, 1, 1, 1], TRAIN[19], [2, 2, 2, 2], TRAIN[0], [0, 7, 0, 0]],  # the last: the bytes of the first in another order
    "other.idx": [[1, 1, 1, 1], [2, 2, 2, 2]],
}
for name, images in FILES.items():
    with open(os.path.join(folder, name), "wb") as f:
        f.write(struct.pack(">IIII", 0x803, len(images), 2, 2) + bytes(sum(images, [])))
with open(os.path.join(folder, "shared.tl"), "w") as f:
    f.write("""use std.nn, std.optim

data pictures {
  source train idx("train.idx")
  source val   idx("val.idx")
  source test  idx("test.idx")
  image = to_float(image)
}

model Same {
  weight s: f32[] = 1
  forward(x: f32[b, h, w]) -> f32[b, h, w] { s * x }
}

pretrain fit: Same on pictures {
  objective reconstruction(mse)
  optimizer SGD(1e-9)
  batch 4;  epochs 1
}

test fit.last on pictures.test { report loss }
""")
