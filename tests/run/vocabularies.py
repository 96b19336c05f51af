#!/usr/bin/env python3
"""Holds what tests/run/vocabularies.tl loads by words against the words themselves, counted anew.

  vocabularies.py RUN
"""
import collections, glob, json, os, re, struct, sys

MOST = 10


def vocabulary(path):
    """Four special tokens, then words by how often they occur, equally frequent ones in the order of their bytes."""
    counts = collections.Counter(re.findall(r"\w+|[^\w\s]", open(path).read()))
    return (["padding", "unknown", "mask", "start"] + sorted(counts, key=lambda word: (-counts[word], word)))[:MOST]


def tensors(stage):
    path = sorted(glob.glob(os.path.join(sys.argv[1], "checkpoints", stage + "-*", "weights.safetensors")))[-1]
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    notes = header.pop("__metadata__")
    read = lambda at: struct.unpack(f"<{(at[1] - at[0]) // 4}f", data[8 + size + at[0] : 8 + size + at[1]])
    return {name: read(each["data_offsets"]) for name, each in header.items()}, notes


there, here = vocabulary("corpus.txt"), vocabulary("reviews.txt")
(trained, notes), (loaded, others) = tensors("lm"), tensors("matched")
both = [word for word in here if word in there]
assert len(both) > 6 and here != there, (there, here)
for word in here:
    i = here.index(word)
    row, column, bias = loaded["body.tok.table"][4 * i : 4 * i + 4], loaded["body.out.w"][i :: len(here)], loaded["body.out.b"][i]
    if word in there:
        j = there.index(word)
        assert row == trained["body.tok.table"][4 * j : 4 * j + 4], word
        assert column == trained["body.out.w"][j :: len(there)], word
        assert bias == trained["body.out.b"][j], word
    else:
        assert row not in [trained["body.tok.table"][4 * j : 4 * j + 4] for j in range(len(there))] and abs(bias) < 1e-20, word
digests = lambda text: dict(each.split("=") for each in text["vocabularies"].split(";"))
assert set(digests(notes)) == {"body.tok.table", "body.out.w", "body.out.b"} and len(set(digests(notes).values())) == 1, notes
assert not set(digests(notes).values()) & set(digests(others).values())
print(f"{len(both)} of {len(here)} words are loaded to their places")
