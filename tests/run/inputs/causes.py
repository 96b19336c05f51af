"""Writes weights.safetensors: w f32[9], of which element 7 is no number."""
import json, struct

header = json.dumps({"w": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}).encode()
with open("weights.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(header)) + header + struct.pack("<9f", *[0.5] * 7, float("nan"), 0.5))
