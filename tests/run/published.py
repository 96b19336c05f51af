#!/usr/bin/env python3
"""Compares a published folder with what was exported of it: the weights bit by bit, the config entry by entry.

  published.py TINY BACK           of the body, whose weights were frozen
  published.py TINY CLASSES head   of the body with a head, whose weights were trained
  published.py TINY TAGGER tokens  of the body with a head for classes of tokens
  published.py TINY NARROW bf16    of the body, rounded to the nearest numbers of 16 bits; or f16
  published.py TINY HUGE huge      writes the body with a number that f16 has no place for
"""
import json, os, shutil, struct, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
from tensors import dtypes, tensors

one, other, *head = sys.argv[1:]
if head == ["huge"]:
    shutil.copytree(one, other)
    with open(f"{other}/model.safetensors", "r+b") as f:
        f.seek(struct.unpack("<Q", f.read(8))[0] + 8)  # the first number of the first tensor
        f.write(struct.pack("<f", 70000))
    sys.exit()


def bf16(number):
    """The nearest upper half of a float, of two the even one."""
    word, = struct.unpack("<I", struct.pack("<f", number))
    low = word & 0xffff
    word = (word >> 16) + (low > 0x8000 or (low == 0x8000 and word >> 16 & 1))
    return struct.unpack("<f", struct.pack("<I", word << 16))[0]


def f16(number):
    return struct.unpack("<e", struct.pack("<e", number))[0]


came, back = tensors(f"{one}/model.safetensors"), tensors(f"{other}/model.safetensors")
if head and head[0] in ("bf16", "f16"):
    rounded, name = {"bf16": (bf16, "bfloat16"), "f16": (f16, "float16")}[head[0]]
    assert set(dtypes(f"{other}/model.safetensors").values()) == {head[0].upper()}
    wanted = {name: list(map(rounded, came[name])) for name in back}
    assert back == wanted and any(wanted[name] != came[name] for name in wanted)
    assert json.load(open(f"{other}/config.json")) == json.load(open(f"{one}/config.json")) | {"torch_dtype": name}
    sys.exit()
if head:
    classes, kind = {"head": (["LABEL_0", "LABEL_1"], "Sequence"), "tokens": (["B-JUDGED", "B-THING", "O"], "Token")}[head[0]]
    named = {"bert." + name: numbers.shape for name, numbers in came.items() if kind == "Sequence" or not name.startswith("pooler.")}
    named |= {"classifier.weight": [len(classes), 8], "classifier.bias": [len(classes)]}
    assert {name: numbers.shape for name, numbers in back.items()} == named
    was, now = json.load(open(f"{one}/config.json")), json.load(open(f"{other}/config.json"))
    assert now == was | {"id2label": {str(i): name for i, name in enumerate(classes)}, "label2id": {name: i for i, name in enumerate(classes)},
                         "architectures": [f"BertFor{kind}Classification"]} | ({"problem_type": "single_label_classification"} if kind == "Sequence" else {})
    sys.exit()
left = {name for name in came if name.startswith("pooler.")}  # ignored by the layout
assert set(back) == set(came) - left, (set(back) ^ set(came)) - left
for name, numbers in back.items():
    assert numbers == came[name] and numbers.shape == came[name].shape, name
assert json.load(open(f"{other}/config.json")) == json.load(open(f"{one}/config.json"))
made = json.load(open(f"{other}/tokenizer.json"))
assert list(made["model"]["vocab"]) and len(made["model"]["vocab"]) == json.load(open(f"{one}/config.json"))["vocab_size"]
