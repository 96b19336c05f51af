#!/usr/bin/env python3
"""Writes here a script with wide frozen features, wide.tl, and its data: 8,000 rows of 64 pixels."""
import struct

records = 8000
with open("images", "wb") as f:
    f.write(struct.pack(">BBBBIII", 0, 0, 8, 3, records, 8, 8) + bytes((i * i + i // 7) % 251 for i in range(64 * records)))
with open("labels", "wb") as f:
    f.write(struct.pack(">BBBBI", 0, 0, 8, 1, records) + bytes(i % 4 for i in range(records)))
with open("wide.tl", "w") as f:
    f.write("""use std.nn, std.optim
data pixels {
  source train idx("images", "labels")
  image = to_float(image) / 255
}
model Wide {
  body = [ Linear(64, 1024), tanh ]
  head = Linear(1024, 4)
  forward(x: f32[b, 8, 8]) -> f32[b, 4] { head(body(x as [b, 64])) }
}
finetune fit: Wide on pixels {
  objective cross_entropy(label)
  optimizer SGD(0.01)
  batch 64
  phase probe { freeze body;  epochs 2 }
}
""")
