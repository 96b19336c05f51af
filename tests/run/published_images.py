#!/usr/bin/env python3
"""Passes if transformers reads an exported model of images and gives the probabilities that the program gives.

  published_images.py FOLDER PROGRAM
"""
import json, subprocess, sys
import numpy, torch, transformers

folder, program = sys.argv[1:]
model = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
assert type(model).__name__ == "ViTForImageClassification", type(model)
for image in ([[i * 16 + j for j in range(4)] for i in range(4)], [[255 - 9 * i * j for j in range(4)] for i in range(4)]):
    said = json.loads(subprocess.run([program, "ask", "--run", "run"], input=json.dumps({"image": image}), capture_output=True, text=True, check=True).stdout)
    x = (torch.tensor(image, dtype=torch.float32) - 127.5) / 127.5
    with torch.no_grad():
        there = torch.softmax(model(x[None, None]).logits[0], 0)
    assert numpy.allclose(there.numpy(), said["probabilities"], atol=1e-5), (there, said)
