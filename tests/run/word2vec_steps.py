#!/usr/bin/env python3
"""Takes the steps of tests/run/word2vec_steps.tl in double.

  word2vec_steps.py write FOLDER
  word2vec_steps.py check FOLDER
"""
import json, math, os, sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import data, tensors

WORDS = "c a b a d a seldom a b a a d c a b once a d a c a a b a d c a b a d a a c a b a a d".split()
LINES = ["a b c", "d", "b never a", "c d a b c a d b c", "a a", "b c d a"]
NUMBERS = {word: 4 + i for i, (word, n) in enumerate(sorted(Counter(WORDS).items(), key=lambda each: (-each[1], each[0]))) if n > 1}  # behind the special ones
OFTEN, NEGATIVES = "a", 2
PIECES = 7  # buckets
TABLES, TABLES_OF_PIECES = ("word.table", "near.table"), ("vectors.word.table", "near.table", "vectors.piece.table")
softplus, sigmoid = lambda x: math.log1p(math.exp(x)), lambda x: 1 / (1 + math.exp(-x))
dot = lambda x, y: sum(a * b for a, b in zip(x, y, strict=True))


def pieces(word):
    """fastText's: two or three characters of `<word>`, numbered by FNV-1a over their bytes."""
    whole, found = f"<{word}>", []
    for at in range(len(whole)):
        for piece in (whole[at:at + length] for length in (2, 3) if at + length <= len(whole)):
            value = 2166136261
            for byte in piece.encode():
                value = (value ^ byte) * 16777619 % 2 ** 32
            found.append(value % PIECES)
    return found


def start():
    """Tables of words, of their neighbours, and of pieces."""
    table = lambda k, rows: [[0.4 * math.sin(k + 3 * i + j) for j in range(3)] for i in range(rows)]
    return [table(1, 4 + len(NUMBERS)), table(2, 4 + len(NUMBERS)), table(3, PIECES)]


def write(folder):
    os.chdir(folder)
    with open("words.txt", "w") as f:
        f.write(" ".join(WORDS))
    with open("lines.txt", "w") as f:
        f.write("\n".join(LINES) + "\n")
    for path, names in (("start", TABLES), ("start_pieces", TABLES_OF_PIECES)):
        data.write_safetensors(path + ".safetensors", {name: ((len(table), 3), sum(table, [])) for name, table in zip(names, start())})


def windows():
    """(centres, each a word and its neighbours) of windows of five words, every second place: the middle three."""
    for at in range(0, len(WORDS) - 4, 2):
        yield [(WORDS[i], [WORDS[i - 1], WORDS[i + 1]]) for i in range(at + 1, at + 4)]


def wholes():
    """All words of each line, up to its nine, the places behind it as well, which do not count."""
    for line in LINES:
        words = line.split() + [None] * (9 - len(line.split()))
        yield [(words[i], [words[i + k] for k in (-1, 1) if 0 <= i + k < 9]) for i in range(9)]


def steps(records, isBag, arePieces):
    """Losses of ten steps over all records at once, and the tables behind them."""
    tables = start()
    names = {number: word for word, number in NUMBERS.items()}
    records = [[(NUMBERS.get(centre), [NUMBERS[each] for each in around if each in NUMBERS]) for centre, around in record] for record in records]
    centres, losses = sum(map(len, records)), []

    def shares(words):
        """Of which rows the mean of the words' vectors is how much: {(table, row): share}."""
        found = Counter()
        for word in words:
            rows = [(0, word)] + [(2, piece) for piece in pieces(names[word]) if arePieces]
            for row in rows:
                found[row] += 1 / len(rows) / len(words)
        return found

    for _ in range(10):
        loss, slopes = 0, [[[0] * 3 for _ in table] for table in tables]

        def pull(words, of, sign, times):
            """softplus(sign · h · near[of]), h the mean of the words' vectors, and its slopes in the rows that make h, and in near."""
            nonlocal loss
            rows = shares(words)
            h = [sum(share * tables[table][row][k] for (table, row), share in rows.items()) for k in range(3)]
            s = dot(h, tables[1][of])
            loss += times * softplus(sign * s)
            g = times * sign * sigmoid(sign * s)
            for k in range(3):
                slopes[1][of][k] += g * h[k]
                for (table, row), share in rows.items():
                    slopes[table][row][k] += g * tables[1][of][k] * share
        for record in records:
            for centre, around in record:
                if centre is None or not around:
                    continue
                for words, others in [(around, [centre])] if isBag else [([centre], around)]:
                    for other in others:
                        pull(words, other, -1, 1)
                        pull(words, NUMBERS[OFTEN], 1, NEGATIVES)
        losses.append(loss / centres)
        tables = [[[a - g / centres for a, g in zip(*rows, strict=True)] for rows in zip(table, slope, strict=True)] for table, slope in zip(tables, slopes)]
    return losses, tables


def check(folder):
    os.chdir(folder)
    told = {}
    with open("run/metrics.jsonl") as f:
        for line in map(json.loads, f):
            if line["event"] == "step":
                told.setdefault(line["stage"], []).append(line["step.loss"])
    assert len(list(windows())) == 17
    for stage, records, isBag, names in (("skips", windows(), False, TABLES), ("rare", windows(), False, TABLES), ("pairs", windows(), False, TABLES), ("bags", windows(), True, TABLES),
                                         ("whole", wholes(), False, TABLES), ("pieces", windows(), False, TABLES_OF_PIECES), ("bags_of_pieces", windows(), True, TABLES_OF_PIECES)):
        losses, tables = steps(records, isBag, names == TABLES_OF_PIECES)
        assert len(told[stage]) == 10 and all(abs(a - b) < 2e-6 * b for a, b in zip(told[stage], losses, strict=True)), (stage, told[stage], losses)
        found = tensors.tensors(f"run/checkpoints/{stage}-{10:09}/weights.safetensors")
        for name, table in zip(names, tables):
            assert all(abs(a - b) < 2e-6 for a, b in zip(found["net." + name], sum(table, []), strict=True)), (stage, name, found["net." + name], table)
        if stage == "skips":
            with open("middle.json") as f:
                middle = json.load(f)["value"]
            assert all(abs(a - b) < 2e-6 for a, b in zip(middle, tables[0][NUMBERS["a"]], strict=True)), (middle, tables[0][NUMBERS["a"]])


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
