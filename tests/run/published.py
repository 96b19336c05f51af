#!/usr/bin/env python3
"""Compares a published folder with what was exported of it: the weights bit by bit, the config entry by entry.

  published.py TINY BACK           of the body, whose weights were frozen
  published.py TINY CLASSES head   of the body with a head, whose weights were trained
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
from tensors import tensors

one, other, *head = sys.argv[1:]
came, back = tensors(f"{one}/model.safetensors"), tensors(f"{other}/model.safetensors")
if head:
    named = {"bert." + name: numbers.shape for name, numbers in came.items()} | {"classifier.weight": [2, 8], "classifier.bias": [2]}
    assert {name: numbers.shape for name, numbers in back.items()} == named
    was, now = json.load(open(f"{one}/config.json")), json.load(open(f"{other}/config.json"))
    assert now == was | {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "label2id": {"LABEL_0": 0, "LABEL_1": 1}}
    sys.exit()
left = {name for name in came if name.startswith("pooler.")}  # ignored by the layout
assert set(back) == set(came) - left, (set(back) ^ set(came)) - left
for name, numbers in back.items():
    assert numbers == came[name] and numbers.shape == came[name].shape, name
assert json.load(open(f"{other}/config.json")) == json.load(open(f"{one}/config.json"))
made = json.load(open(f"{other}/tokenizer.json"))
assert list(made["model"]["vocab"]) and len(made["model"]["vocab"]) == json.load(open(f"{one}/config.json"))["vocab_size"]
