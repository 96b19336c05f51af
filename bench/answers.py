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


def cnn(x):
    """x [n, rows, columns, channels], as everywhere in TL; torch has channels in front."""
    x = x.movedim(3, 1)
    for i in (0, 3):
        x = F.max_pool2d(F.relu(F.conv2d(x, w[f"net[{i}].w"].permute(3, 2, 0, 1), w[f"net[{i}].b"], padding=1)), 2)
    x = F.relu(x.movedim(1, 3).flatten(1) @ w["net[7].w"] + w["net[7].b"])
    return x @ w["net[9].w"] + w["net[9].b"]


def resnet(x):
    def normed(x, convolution, norm, stride=1):
        taps = w[convolution + ".w"].permute(3, 2, 0, 1)
        x = F.conv2d(x, taps, stride=stride, padding=taps.shape[-1] // 2)
        return F.batch_norm(x, None, None, w[norm + ".g"], w[norm + ".b"], training=True)

    x = F.relu(normed(x.movedim(3, 1), "stem[0]", "stem[1]"))
    for stage, i, channels, width, stride in workloads.resnet_blocks():
        block = f"stages[{stage}].{'rest[0]' if i else 'first'}."
        skip = normed(x, block + "skip.path[0]", block + "skip.path[1]", stride) if block + "skip.path[0].w" in w else x
        inner = F.relu(normed(x, block + "conv1", block + "norm1", stride))
        x = F.relu(normed(inner, block + "conv2", block + "norm2") + skip)
    return x.mean((2, 3)) @ w["head.w"] + w["head.b"]


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


w = {tensor: values for tensor, values in weights(f"{name}.safetensors").items() if not tensor.endswith((".mean", ".variance"))}
optimizer = torch.optim.SGD(w.values(), 3e-4 if name == "w5" else 0.01, momentum=0.9 if name == "w5" else 0) if name in ("w1", "w5") else torch.optim.Adam(w.values(), 1e-3)
if name == "w1":
    rows = torch.tensor([[float(v) for v in line.split(",")] for line in open(at("w1.csv"))]).double()
    loss_of = lambda: F.mse_loss(mlp(rows[:, :2]), rows[:, 2:])
elif name in ("w2", "w3"):
    x = idx(at(f"{name}-images")).double().reshape(-1, 784) / 255
    loss_of = (lambda: F.cross_entropy(mlp(x), idx(at("w2-labels")).long())) if name == "w2" else lambda: F.mse_loss(mlp(x), x)
elif name == "w10":
    raw = idx(at("w10-images"))
    x, target = (raw.double() - 127.5) / 73.9, raw[:, :, 0].long() % 64

    def loss_of():
        h = c = torch.zeros(len(x), x.shape[2]).double()
        gates, hs = x @ w["net[0].w"] + w["net[0].b"] + w["net[0].c"], []
        for t in range(x.shape[1]):
            i, f, g, o = (gates[:, t] + h @ w["net[0].u"]).chunk(4, -1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            hs.append(h)
        return F.cross_entropy((torch.stack(hs, 1) @ w["net[1].w"] + w["net[1].b"]).flatten(0, 1), target.flatten())
elif name in ("w4", "w5"):
    x = idx(at(f"{name}-images")).double().reshape(workloads.IMAGES[name.upper()]) / 255
    loss_of = lambda: F.cross_entropy((cnn if name == "w4" else resnet)(x), idx(at(f"{name}-labels")).long())
else:
    vocabulary, places, d, _, heads, batch = workloads.GPTS[name.upper()]
    planes = idx(at(f"{name}-ids")).long()
    ids, target = planes.unbind(1) if vocabulary <= 256 else (planes[:, 0:4:2] * 256 + planes[:, 1:4:2]).unbind(1)
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
