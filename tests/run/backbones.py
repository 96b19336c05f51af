#!/usr/bin/env python3
"""Compares published folders of networks for images with what was exported of them: backbones.py FOLDER… against back_FOLDER…"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
from tensors import tensors

for folder in sys.argv[1:]:
    came, back = tensors(f"{folder}/model.safetensors"), tensors(f"back_{folder}/model.safetensors")
    left = {name for name in came if name.endswith("num_batches_tracked")}  # counts that nothing depends on
    assert set(back) == set(came) - left, (folder, (set(back) ^ set(came)) - left)
    for name, numbers in back.items():
        assert numbers == came[name] and numbers.shape == came[name].shape, (folder, name)
    was, now = json.load(open(f"{folder}/config.json")), json.load(open(f"back_{folder}/config.json"))
    assert now == was, (folder, {key: (was.get(key), now.get(key)) for key in {*was, *now} if was.get(key) != now.get(key)})
