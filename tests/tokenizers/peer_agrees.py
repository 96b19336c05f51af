#!/usr/bin/env python3
"""Trains tokenizers of every kind with PyPI's `tokenizers` and compares what they make of texts, and ours that are fitted on the same
texts with those that it fits.

  peer_agrees.py TL-TOKENS FOLDER [DATA]
"""
import os, sys
import compare, trainers, zoo

program, folder = sys.argv[1:3]
data = sys.argv[3] if len(sys.argv) > 3 and os.path.isdir(sys.argv[3]) else None
lines, failed = compare.texts(data, 3000, 5), 0
for path in zoo.write(folder, data, 3000, 1500):
    for pairs in (False, True):
        total, wrong = compare.compare(program, path, lines, pairs)
        failed += wrong
        print(f"{os.path.basename(path)}: {wrong} of {total} {'pairs' if pairs else 'texts'} differ")
for kind in ("wordpiece", "bpe"):
    for most in (300, 1500):
        failed += trainers.differences(program, kind, most, lines, "texts")
sys.exit(failed > 0)
