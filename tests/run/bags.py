"""The notes of bags.tl, and what their bags should be.

  bags.py text FOLDER · bags RUN · steps RUN
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


class Bags:
    """A checkpoint's tables, and of which of their rows each half of a note is how much: {row: share}."""

    def __init__(self, path, prefix=""):
        found = tensors.tensors(path)
        table = lambda name, width: [list(found[prefix + name])[i:i + width] for i in range(0, len(found[prefix + name]), width)]
        self.tables = {name: table(name, 3) for name in ("bag.word.table", "bag.pair.table", "part.word.table", "part.piece.table")}
        self.head, self.shift = table("head.w", 2), list(found[prefix + "head.b"])
        counts = Counter(w for note in NOTES for w in words(note[:-2]))  # also what a record leaves out
        self.names = [None] * 4 + [w for n, w in sorted((-n, w.encode()) for w, n in counts.items())]
        assert len(self.tables["bag.word.table"]) == len(self.names), len(self.names)

    def parts(self, note):
        number = {w.decode(): i for i, w in enumerate(self.names) if w}
        ids = [number.get(w, 1) for w in note]
        bag = [("bag.word.table", i) for i in ids] + [("bag.pair.table", (a * 8191 + b) % 11) for a, b in zip(ids, ids[1:])]
        own = [[("part.word.table", i)] + [("part.piece.table", j) for j in (pieces(self.names[i].decode()) if self.names[i] else [])] for i in ids]
        return [Counter({row: n / len(bag) for row, n in Counter(bag).items()}),
                sum((Counter({row: n / len(each) / len(ids) for row, n in Counter(each).items()}) for each in own), Counter())]

    def vector(self, parts):
        return [sum(share * self.tables[name][row][k] for (name, row), share in half.items()) for half in parts for k in range(3)]


def bags(run):
    found = Bags(os.path.join(run, "checkpoints", "cls-000000012", "weights.safetensors"))
    for asked, answered in zip(open("asked.jsonl", encoding="utf-8"), open("bags.jsonl"), strict=True):
        note = words(json.loads(asked)["text"])[:6]
        got, expected = json.loads(answered)["vector"], found.vector(found.parts(note))
        assert all(abs(a - b) < 1e-5 for a, b in zip(got, expected, strict=True)), (note, got, expected)


def steps(run):
    of = lambda stage, step, prefix="": Bags(os.path.join(run, "checkpoints", f"{stage}-{step:09}", "weights.safetensors"), prefix)
    now, told = of("cls", 12), [line["step.loss"] for line in map(json.loads, open(os.path.join(run, "metrics.jsonl"))) if line["event"] == "step" and line["stage"] == "more"]
    records = [(now.parts(words(note[:-2])[:6]), int(note[-1])) for note in NOTES]
    numbers = 2 * len(NOTES)
    assert len(told) == 10
    for step in range(10):
        slopes = [[[0, 0] for _ in now.head], [0, 0], Counter()]
        loss = 0
        for parts, label in records:
            x = now.vector(parts)
            e = [sum(x[i] * now.head[i][k] for i in range(6)) + now.shift[k] - label for k in range(2)]
            loss += sum(a * a for a in e) / numbers
            g = [2 * a / numbers for a in e]
            for k in range(2):
                slopes[1][k] += g[k]
                for i in range(6):
                    slopes[0][i][k] += g[k] * x[i]
            for half, rows in enumerate(parts):
                for (name, row), share in rows.items():
                    for i in range(3):
                        slopes[2][name, row, i] += share * sum(g[k] * now.head[3 * half + i][k] for k in range(2))
        assert abs(told[step] - loss) < 2e-6 * loss, (step, told[step], loss)
        now.head = [[a - 0.5 * b for a, b in zip(*rows)] for rows in zip(now.head, slopes[0])]
        now.shift = [a - 0.5 * b for a, b in zip(now.shift, slopes[1])]
        for (name, row, i), slope in slopes[2].items():
            now.tables[name][row][i] -= 0.5 * slope
    end = of("more", 10, "net.")
    for name, table in now.tables.items():
        assert all(abs(a - b) < 2e-6 for a, b in zip(sum(table, []), sum(end.tables[name], []), strict=True)), name


if __name__ == "__main__":
    {"text": text, "bags": bags, "steps": steps}[sys.argv[1]](*sys.argv[2:])
