#!/usr/bin/env python3
"""Compares a published folder with what was exported of it: the weights bit by bit, the config entry by entry.

  published.py TINY BACK
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
from tensors import tensors

one, other = sys.argv[1:]
came, back = tensors(f"{one}/model.safetensors"), tensors(f"{other}/model.safetensors")
left = {name for name in came if name.startswith("pooler.")}  # ignored by the layout
assert set(back) == set(came) - left, (set(back) ^ set(came)) - left
for name, numbers in back.items():
    assert numbers == came[name] and numbers.shape == came[name].shape, name
assert json.load(open(f"{other}/config.json")) == json.load(open(f"{one}/config.json"))
made = json.load(open(f"{other}/tokenizer.json"))
assert list(made["model"]["vocab"]) and len(made["model"]["vocab"]) == json.load(open(f"{one}/config.json"))["vocab_size"]
