"""The text of word2vec.tl, that runs end alike, and that words are drawn as often as they should be.

  word2vec.py text FOLDER · same RUN RUN… · drawn FOLDER
"""
import bisect, glob, json, os, random, re, sys
from collections import Counter

POWER = 0.75


def text(folder):
    draw = random.Random(3)
    words = [f"w{i}" for i in range(60)]
    lines = [" ".join(draw.choices(words, [1 / (i + 1) for i in range(60)], k=12)) for _ in range(60)]
    open(os.path.join(folder, "words.txt"), "w").write("\n".join(lines) + "\n")
    open(os.path.join(folder, "places.csv"), "w").write("".join(f"{draw.random()},{draw.random()}\n" for _ in range(8)))
    with open(os.path.join(folder, "drawn.jsonl"), "w") as f:
        for _ in range(2000):
            f.write(json.dumps({"x": [draw.random(), draw.random()]}) + "\n")


def same(first, *others):
    paths = sorted(os.path.relpath(path, first) for path in glob.glob(os.path.join(first, "checkpoints", "*", "weights.safetensors")))
    last = {path.split("/")[1].split("-")[0]: path for path in paths}
    assert set(last) == {"skips", "pairs", "bags", "draws"}, last
    for other in others:
        for path in last.values():
            assert open(os.path.join(first, path), "rb").read() == open(os.path.join(other, path), "rb").read(), (other, path)


def drawn(folder):
    """The same two steps in double: a row of `side` words by the first number, a word of it by the second."""
    tokens = re.findall(r"\S+", open(os.path.join(folder, "words.txt")).read())
    counts = Counter(tokens[: round(len(tokens) * 0.8)])
    kept = sorted((-n, word) for word, n in counts.items() if n >= 3)
    weights = [0, 0, 0, 0] + [(-n) ** POWER for n, _ in kept]
    assert len(weights) == 48, len(weights)
    side = 8
    weights += [0] * (side * side - len(weights))
    rows = [weights[i * side:(i + 1) * side] for i in range(side)]

    def shares(numbers):
        total, sums = sum(numbers), []
        for number in numbers:
            sums.append((sums[-1] if sums else 0) + number)
        return [s / total if total else 0 for s in sums]

    ends, cells = shares([sum(row) for row in rows]), [shares(row) for row in rows]
    differ = 0
    for asked, answered in zip(open(os.path.join(folder, "drawn.jsonl")), open(os.path.join(folder, "words.jsonl")), strict=True):
        u = json.loads(asked)["x"]
        row = bisect.bisect_right(ends, u[0])
        word = row * side + bisect.bisect_right(cells[row], u[1])
        assert weights[word] > 0
        differ += word != json.loads(answered)["word"]
    assert differ <= 1, differ  # a number that f32 rounds to the other side of a border


if __name__ == "__main__":
    {"text": text, "same": same, "drawn": drawn}[sys.argv[1]](*sys.argv[2:])
