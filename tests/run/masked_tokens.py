#!/usr/bin/env python3
"""Every loss of tests/run/masked_tokens.tl is that of words alone: masked_tokens.py RUN"""
import json, math, os, sys

with open(os.path.join(sys.argv[1], "metrics.jsonl")) as f:
    events = [json.loads(line) for line in f]
losses = [event[name] for event in events for name in ("step.loss", "val.loss") if name in event]
wanted = math.log(4 * math.exp(9) + 4)
wrong = [loss for loss in losses if loss is None or abs(loss - wanted) > 1e-5]
print(f"{len(losses)} losses, {len(wrong)} of them not {wanted}: {wrong[:3]}")
sys.exit(bool(wrong) or len(losses) < 60)
