#!/usr/bin/env python3
"""Prints the first losses of a workload of bench/, computed by PyTorch in float64 from the same files: [loss, …].

  answers.py W2 FOLDER STEPS
"""
import json, os, struct, sys
import torch, torch.nn.functional as F
import workloads

name, folder, steps = sys.argv[1].lower(), sys.argv[2], int(sys.argv[3])
at = lambda file: os.path.join(folder, file)


def idx(path):
    with open(path, "rb") as f:
        raw = f.read()
    shape = struct.unpack(f">{raw[3]}I", raw[4:4 + 4 * raw[3]])
    return torch.frombuffer(bytearray(raw[4 + 4 * raw[3]:]), dtype=torch.uint8).reshape(shape)


def weights(file):
    """{tensor: float64 leaf} of a safetensors file."""
    with open(at(file), "rb") as f:
        raw = f.read()
    n = struct.unpack("<Q", raw[:8])[0]
    header, found = json.loads(raw[8:8 + n]), {}
    for tensor, about in header.items():
        first, last = about["data_offsets"]
        values = torch.frombuffer(bytearray(raw[8 + n + first:8 + n + last]), dtype=torch.float32).double()
        found[tensor] = values.reshape(about["shape"]).requires_grad_()
    return found


def mlp(x):
    for i in range(0, len(w), 2):
        x = (F.relu(x) if i else x) @ w[f"net[{i}].w"] + w[f"net[{i}].b"]
    return x


def encode(at, ids, heads, causal):
    dense = lambda x, part: x @ w[part + ".w"] + w[part + ".b"]
    norm = lambda x, part: F.layer_norm(x, x.shape[-1:], w[part + ".g"], w[part + ".b"])
    x = w[at + "tok.table"][ids] + w[at + "pos.table"]
    b, t, d = x.shape
    for i in range(len({name for name in w if name.endswith("attn.qkv.w")})):
        block = f"{at}blocks[{i}]."
        q, k, v = (y.view(b, t, heads, d // heads).transpose(1, 2) for y in dense(norm(x, block + "norm1"), block + "attn.qkv").chunk(3, -1))
        x = x + dense(F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).reshape(b, t, d), block + "attn.out")
        x = x + dense(F.gelu(dense(norm(x, block + "norm2"), block + "ffn.up")), block + "ffn.down")
    return norm(x, at + "norm")


w = weights(f"{name}.safetensors")
optimizer = torch.optim.SGD(w.values(), 0.01) if name == "w1" else torch.optim.Adam(w.values(), 1e-3)
if name == "w1":
    rows = torch.tensor([[float(v) for v in line.split(",")] for line in open(at("w1.csv"))]).double()
    loss_of = lambda: F.mse_loss(mlp(rows[:, :2]), rows[:, 2:])
elif name in ("w2", "w3"):
    x = idx(at(f"{name}-images")).double().reshape(-1, 784) / 255
    loss_of = (lambda: F.cross_entropy(mlp(x), idx(at("w2-labels")).long())) if name == "w2" else lambda: F.mse_loss(mlp(x), x)
else:
    vocabulary, places, d, _, heads, batch = workloads.GPTS[name.upper()]
    planes = idx(at(f"{name}-ids")).long()
    ids, target = planes.unbind(1) if vocabulary <= 256 else (planes[:, ::2] * 256 + planes[:, 1::2]).unbind(1)
    if name in ("w6", "w7"):
        loss_of = lambda: F.cross_entropy((encode("body.", ids, heads, True) @ w["body.tok.table"].T).flatten(0, 1), target.flatten())
    elif name == "w8":
        scattered = torch.arange(307) * 1607 % (batch * places)
        loss_of = lambda: F.cross_entropy(encode("body.", ids, heads, False).flatten(0, 1)[scattered] @ w["body.tok.table"].T, target.flatten()[:307])
    else:
        head = weights("w9-head.safetensors")
        with torch.no_grad():
            features = encode("", ids, heads, False).mean(1)
        w, loss_of = head, lambda: F.cross_entropy(features @ head["w"] + head["b"], idx(at("w9-labels")).long())
    optimizer = torch.optim.AdamW(w.values(), 1e-4 if name == "w8" else 1e-3, weight_decay=0.01)
losses = []
for _ in range(steps):
    loss = loss_of()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    losses.append(float(loss.detach()))
print(json.dumps(losses))
