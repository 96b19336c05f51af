#!/usr/bin/env python3
"""Prints the first losses of a workload of bench/, computed by PyTorch in float64 from the same files: [loss, …].

  answers.py W2 FOLDER STEPS
"""
import json, os, struct, sys
import torch, torch.nn.functional as F

name, folder, steps = sys.argv[1].lower(), sys.argv[2], int(sys.argv[3])
at = lambda file: os.path.join(folder, file)


def idx(path):
    with open(path, "rb") as f:
        raw = f.read()
    shape = struct.unpack(f">{raw[3]}I", raw[4:4 + 4 * raw[3]])
    return torch.frombuffer(bytearray(raw[4 + 4 * raw[3]:]), dtype=torch.uint8).reshape(shape)


def layers():
    """[(w, b), …] of the network, in order."""
    with open(at(f"{name}.safetensors"), "rb") as f:
        raw = f.read()
    n = struct.unpack("<Q", raw[:8])[0]
    header, found = json.loads(raw[8:8 + n]), {}
    for tensor, about in header.items():
        first, last = about["data_offsets"]
        values = torch.frombuffer(bytearray(raw[8 + n + first:8 + n + last]), dtype=torch.float32).double()
        index, leaf = tensor.removeprefix("net[").split("].")
        found.setdefault(int(index), {})[leaf] = values.reshape(about["shape"]).requires_grad_()
    return [(found[i]["w"], found[i]["b"]) for i in sorted(found)]


net = layers()
params = [p for pair in net for p in pair]


def forward(x):
    for w, b in net[:-1]:
        x = F.relu(x @ w + b)
    return x @ net[-1][0] + net[-1][1]


if name == "w1":
    rows = torch.tensor([[float(v) for v in line.split(",")] for line in open(at("w1.csv"))]).double()
    loss_of = lambda: F.mse_loss(forward(rows[:, :2]), rows[:, 2:])
else:
    x = idx(at(f"{name}-images")).double().reshape(-1, 784) / 255
    loss_of = (lambda: F.cross_entropy(forward(x), idx(at("w2-labels")).long())) if name == "w2" else lambda: F.mse_loss(forward(x), x)
optimizer = torch.optim.SGD(params, 0.01) if name == "w1" else torch.optim.Adam(params, 1e-3)
losses = []
for _ in range(steps):
    loss = loss_of()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    losses.append(float(loss.detach()))
print(json.dumps(losses))
