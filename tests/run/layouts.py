#!/usr/bin/env python3
"""Writes small files as Hugging Face's models save them, and holds what tests/run/layouts.tl made of them against the tensors'
own shapes: a dense layer there is [out, in], but in GPT-2, whose dense layers are [in, out].

  layouts.py write FOLDER
  layouts.py check FOLDER
"""
import json, math, os, re, struct, sys

command, folder = sys.argv[1], sys.argv[2]
place = lambda name: os.path.join(folder, name)


def linear(name, ins, outs, bias=True):
    return {f"{name}.weight": [outs, ins]} | ({f"{name}.bias": [outs]} if bias else {})


def norm(name, d):
    return {f"{name}.weight": [d], f"{name}.bias": [d]}


def gpt(d=6, vocab=11, length=5):
    shapes = {"wte.weight": [vocab, d], "wpe.weight": [length, d], **norm("ln_f", d)}
    for i in range(2):
        h = f"h.{i}"
        shapes |= norm(f"{h}.ln_1", d) | norm(f"{h}.ln_2", d) | {f"{h}.attn.bias": [1, 1, length, length]}
        for name, ins, outs in ("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("mlp.c_fc", d, 4 * d), ("mlp.c_proj", 4 * d, d):
            shapes |= {f"{h}.{name}.weight": [ins, outs], f"{h}.{name}.bias": [outs]}
    return shapes


def bert(d=6, vocab=11, length=5):
    shapes = {f"bert.embeddings.{name}_embeddings.weight": [n, d] for name, n in (("word", vocab), ("position", length), ("token_type", 2))}
    shapes |= norm("bert.embeddings.LayerNorm", d) | linear("bert.pooler.dense", d, d) | {"bert.embeddings.position_ids": [1, length]}
    for i in range(2):
        layer = f"bert.encoder.layer.{i}"
        for part in "query", "key", "value":
            shapes |= linear(f"{layer}.attention.self.{part}", d, d)
        shapes |= linear(f"{layer}.attention.output.dense", d, d) | norm(f"{layer}.attention.output.LayerNorm", d)
        shapes |= linear(f"{layer}.intermediate.dense", d, 4 * d) | linear(f"{layer}.output.dense", 4 * d, d) | norm(f"{layer}.output.LayerNorm", d)
    return shapes | masked(d, vocab) | linear("cls.seq_relationship", d, 2)


def masked(d, vocab):
    shapes = linear("cls.predictions.transform.dense", d, d) | norm("cls.predictions.transform.LayerNorm", d)
    return shapes | {"cls.predictions.bias": [vocab]}


def untied(d=6, vocab=11):
    return {"bert.embeddings.word_embeddings.weight": [vocab, d]} | masked(d, vocab) | linear("cls.predictions.decoder", d, vocab)


def llama(d=8, vocab=11, inner=12, narrow=4):
    shapes = {"model.embed_tokens.weight": [vocab, d], "model.norm.weight": [d], "lm_head.weight": [vocab, d]}
    for i in range(2):
        layer = f"model.layers.{i}"
        shapes |= {f"{layer}.input_layernorm.weight": [d], f"{layer}.post_attention_layernorm.weight": [d]}
        for name, ins, outs in (("self_attn.q_proj", d, d), ("self_attn.k_proj", d, narrow), ("self_attn.v_proj", d, narrow), ("self_attn.o_proj", d, d),
                                ("mlp.gate_proj", d, inner), ("mlp.up_proj", d, inner), ("mlp.down_proj", inner, d)):
            shapes |= linear(f"{layer}.{name}", ins, outs, bias=False)
    return shapes


def aged(shapes):
    """Norms as Google's files name them."""
    return {re.sub(r"LayerNorm\.(weight|bias)", lambda m: "LayerNorm." + {"weight": "gamma", "bias": "beta"}[m[1]], name): shape for name, shape in shapes.items()}


FILES = {"gpt": gpt(), "bert": bert(), "old": aged(bert()), "untied": untied(), "llama": llama()}
# Every tensor has values of its own: its place in the file, and in steps of 1/1024 the place in the tensor.
VALUES = {name: {key: [i + n / 1024 for n in range(math.prod(shape))] for i, (key, shape) in enumerate(shapes.items(), 1)}
          for name, shapes in FILES.items()}

if command == "write":
    for name, shapes in FILES.items():
        header, data = {}, b""
        for key, shape in shapes.items():
            part = struct.pack(f"<{math.prod(shape)}f", *VALUES[name][key])
            header[key] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
            data += part
        text = json.dumps(header).encode()
        with open(place(f"{name}.safetensors"), "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + data)
    with open(place("points.csv"), "w") as f:
        f.write("a,b,c,y\n" + "1,2,3,0\n4,5,6,1\n")
    sys.exit()

with open(place("run/checkpoints/all_bodies-000000001/weights.safetensors"), "rb") as f:
    header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    data = f.read()
header.pop("__metadata__", None)
failed, used = False, {name: set() for name in FILES}
for path, entry in header.items():
    file = {"pool": "bert", "guess": "bert", "aged": "old", "free": "untied"}.get(path.split(".")[0], path.split(".")[0])
    values = [v for v, in struct.iter_unpack("<f", data[slice(*entry["data_offsets"])])]
    key = next(key for i, key in enumerate(FILES[file], 1) if int(values[0]) == i)
    theirs, expected = FILES[file][key], VALUES[file][key]
    if path.endswith(".w") and file != "gpt":
        rows, columns = theirs
        expected, theirs = [expected[r * columns + c] for c in range(columns) for r in range(rows)], [columns, rows]
    if values != expected or entry["shape"] != theirs or key in used[file]:
        failed = True
        print(f"{path} {entry['shape']} is not {key} {FILES[file][key]}")
    used[file].add(key)
    part = {"q": "query", "k": "key", "v": "value", "g": "weight", "b": "bias", "w": "weight", "table": "weight", "decoder": "weight"}
    # The block, the part of it and the kind of tensor show in both names.
    block = [int(c) for c in path if c.isdigit()][:1]
    if "blocks" in path and [int(word) for word in key.split(".") if word.isdigit()] != block:
        failed = True
        print(f"{path} comes from {key}")
    if part[path.split(".")[-1]] != {"gamma": "weight", "beta": "bias"}.get(key.split(".")[-1], key.split(".")[-1]) and key != "cls.predictions.bias":
        failed = True
        print(f"{path} comes from {key}")
for path, word in (("bert.blocks[1].attn.q.w", "self.query"), ("bert.blocks[1].attn.k.w", "self.key"), ("bert.blocks[0].attn.v.b", "self.value"),
                   ("bert.blocks[0].attn.out.w", "attention.output.dense"), ("bert.blocks[0].norm1.g", "attention.output.LayerNorm"),
                   ("bert.blocks[0].ffn.up.w", "intermediate.dense"), ("gpt.blocks[1].norm2.g", "ln_2"), ("gpt.blocks[0].ffn.down.w", "mlp.c_proj"),
                   ("llama.blocks[1].attn.k.w", "k_proj"), ("llama.blocks[1].attn.v.w", "v_proj"), ("llama.blocks[0].ffn.gate.w", "gate_proj"),
                   ("llama.blocks[0].ffn.up.w", "up_proj"), ("llama.blocks[0].norm1.g", "input_layernorm"), ("gpt.pos.table", "wpe")):
    first = struct.unpack_from("<f", data, header[path]["data_offsets"][0])[0]
    key = list(FILES[path.split(".")[0]])[int(first) - 1]
    if word not in key:
        failed = True
        print(f"{path} comes from {key}")
print({name: len(keys) for name, keys in used.items()})
sys.exit(failed)
