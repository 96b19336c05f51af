"""The notes of bags.tl, and what their bags should be.

  bags.py text FOLDER · bags RUN
"""
import json, os, re, sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import tensors

NOTES = ["the red kite flew 1", "a kite, a red one 1", "the grey sky 0", "grey 0", "\u00e9t\u00e9 in the grey city of Zu\u0308rich 0", "red sky at night \U0001f304 1", "one kite 1", "sky 0"]


def text(folder):
    os.chdir(folder)
    open("notes.tsv", "w", encoding="utf-8").write("".join("\t".join(note.rsplit(" ", 1)) + "\n" for note in NOTES))
    open("asked.jsonl", "w", encoding="utf-8").write("".join(json.dumps({"text": note[:-2]}) + "\n" for note in NOTES + ["an unknown kite 1"]))


def words(note):
    note = re.sub("[A-Z]", lambda upper: upper[0].lower(), note)
    return re.findall(r"[a-z0-9'\u0080-\U0010ffff]+|[^ \t\n\r\f\va-z0-9'\u0080-\U0010ffff]", note)


def pieces(word):
    """fastText's: FNV-1a over bytes that are signed."""
    whole, found = f"<{word}>", []
    for start in range(len(whole)):
        for length in range(2, 5):
            if start + length <= len(whole):
                value = 2166136261
                for byte in whole[start:start + length].encode():
                    value = (value ^ (byte if byte < 128 else byte | 0xffffff00)) * 16777619 % 2 ** 32
                found.append(value % 13)
    return found


def mean(rows):
    return [sum(column) / len(rows) for column in zip(*rows)]


def bags(run):
    found = tensors.tensors(os.path.join(run, "checkpoints", "cls-000000012", "weights.safetensors"))
    table = lambda name: [list(found[name])[i:i + 3] for i in range(0, len(found[name]), 3)]
    word, pair, own, piece = map(table, ("bag.word.table", "bag.pair.table", "part.word.table", "part.piece.table"))
    counts = Counter(w for note in NOTES for w in words(note[:-2]))  # also what a record leaves out
    names = [None] * 4 + [w for n, w in sorted((-n, w.encode()) for w, n in counts.items())]
    number = {w.decode(): i for i, w in enumerate(names) if w}
    assert len(word) == len(names), (len(word), len(names))
    for asked, answered in zip(open("asked.jsonl", encoding="utf-8"), open("bags.jsonl"), strict=True):
        note = words(json.loads(asked)["text"])[:6]
        ids = [number.get(w, 1) for w in note]
        bag = mean([word[i] for i in ids] + [pair[(a * 8191 + b) % 11] for a, b in zip(ids, ids[1:])])
        part = mean([mean([own[i]] + ([piece[j] for j in pieces(names[i].decode())] if names[i] else [])) for i in ids])
        got = json.loads(answered)["vector"]
        assert all(abs(a - b) < 1e-5 for a, b in zip(got, bag + part, strict=True)), (note, got, bag + part)


if __name__ == "__main__":
    {"text": text, "bags": bags}[sys.argv[1]](*sys.argv[2:])
