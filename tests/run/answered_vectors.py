#!/usr/bin/env python3
"""The text of answered_vectors.tl, and what its vectors should be.

  answered_vectors.py make|check FOLDER
"""
import json, math, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import tensors
from word_vectors import f32, read

WORDS = [";", "the", "cat", "sat", "dog", "cats", "\u00e9t\u00e9"]
BUCKETS = 20


def make():
    with open("corpus.txt", "w", encoding="utf-8") as f:
        f.write("the cat sat; the dog sat; the cats sat\nthe dog; \u00e9t\u00e9; the cat sat; dog dog\n" * 4)


def rows(path, name, width=5):
    numbers = tensors.tensors(path)[name]
    return [list(numbers[i:i + width]) for i in range(0, len(numbers), width)]


def pieces(word):
    """fastText's: FNV-1a over bytes that are signed, of three to six characters."""
    whole, found = f"<{word}>", []
    for start in range(len(whole)):
        for length in range(3, 7):
            if start + length <= len(whole):
                value = 2166136261
                for byte in whole[start:start + length].encode():
                    value = (value ^ (byte if byte < 128 else byte | 0xffffff00)) * 16777619 % 2 ** 32
                found.append(value % BUCKETS)
    return found


def alike(vectors, word):
    """The two nearest by the cosine."""
    cosine = lambda x, y: sum(a * b for a, b in zip(x, y)) / math.sqrt(sum(a * a for a in x) * sum(b * b for b in y))
    return sorted(((cosine(vectors[word], vector), other) for other, vector in vectors.items() if other != word), reverse=True)[:2]


def check():
    summed, spelt = read("summed.txt"), read("spelt.txt")
    assert sorted(summed) == sorted(spelt) == sorted(WORDS) and read("summed.bin") == summed, (summed, spelt)
    word, near = rows("pairs.safetensors", "net.word.table"), rows("pairs.safetensors", "net.near.table")
    for number, vector in enumerate(summed.values(), 4):  # in the order of the vocabulary, behind the special tokens
        assert vector == tuple(f32(a + b) for a, b in zip(word[number], near[number])), (number, vector)
    own, piece = rows("pieces.safetensors", "net.vectors.word.table"), rows("pieces.safetensors", "net.vectors.piece.table")
    for number, (name, vector) in enumerate(spelt.items(), 4):
        parts = [own[number]] + [piece[bucket] for bucket in pieces(name)]
        assert all(abs(a - sum(each) / len(parts)) < 1e-6 for a, each in zip(vector, zip(*parts), strict=True)), (name, vector)
    for path, vectors in (("summed.json", summed), ("spelt.json", spelt)):
        with open(path, encoding="utf-8") as f:
            said = json.load(f)
        found = alike(vectors, "cat")
        assert said["words"] == [other for _, other in found] and all(abs(a - b) < 1e-5 for a, (b, _) in zip(said["scores"], found)), (path, said, found)


if __name__ == "__main__":
    os.chdir(sys.argv[2])
    {"make": make, "check": check}[sys.argv[1]]()
