#!/usr/bin/env python3
"""Compares a published folder with what was exported of it: the weights bit by bit, the config entry by entry.

  published.py TINY BACK           of the body, whose weights were frozen
  published.py TINY CLASSES head   of the body with a head, whose weights were trained
  published.py TINY TAGGER tokens  of the body with a head for classes of tokens
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
from tensors import tensors

one, other, *head = sys.argv[1:]
came, back = tensors(f"{one}/model.safetensors"), tensors(f"{other}/model.safetensors")
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
