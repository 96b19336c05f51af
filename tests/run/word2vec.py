"""The text of word2vec.tl, that runs end alike, and that words are drawn as often as they should be.

  word2vec.py text FOLDER · same RUN RUN… · alone RUN · drawn FOLDER
"""
import bisect, glob, json, math, os, random, re, sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import data, tensors

POWER, BATCH = 0.75, 12  # centres of a step
START = {"word.table": [0.3, -0.2, 0.5], "near.table": [-0.4, 0.1, 0.6]}  # of the one word, number 4


def text(folder):
    draw = random.Random(3)
    words = [f"w{i}" for i in range(60)]
    lines = [" ".join(draw.choices(words, [1 / (i + 1) for i in range(60)], k=12)) for _ in range(60)]
    open(os.path.join(folder, "words.txt"), "w").write("\n".join(lines) + "\n")
    open(os.path.join(folder, "places.csv"), "w").write("".join(f"{draw.random()},{draw.random()}\n" for _ in range(8)))
    open(os.path.join(folder, "alone.txt"), "w").write("only " * 300)
    os.chdir(folder)
    data.write_safetensors("start.safetensors", {name: ((5, 3), [0.0] * 12 + row) for name, row in START.items()})
    with open("drawn.jsonl", "w") as f:
        for _ in range(2000):
            f.write(json.dumps({"x": [draw.random(), draw.random()]}) + "\n")


def same(first, *others):
    paths = sorted(os.path.relpath(path, first) for path in glob.glob(os.path.join(first, "checkpoints", "*", "weights.safetensors")))
    last = {path.split("/")[1].split("-")[0]: path for path in paths}
    assert set(last) == {"skips", "pairs", "bags", "one", "one_each", "one_bag", "one_of_threes", "few", "draws"}, last
    for other in others:
        for path in last.values():
            assert open(os.path.join(first, path), "rb").read() == open(os.path.join(other, path), "rb").read(), (other, path)


def alone(run):
    """All words are one, so each pair says the same, e(s) with s = word · near, and a loss says how many neighbours counted. That number must be
    one that windows of seven can have; the rest follows from it."""
    softplus, sigmoid = lambda x: math.log1p(math.exp(x)), lambda x: 1 / (1 + math.exp(-x))
    losses = {}
    for line in map(json.loads, open(os.path.join(run, "metrics.jsonl"))):
        if line["event"] == "step":
            losses.setdefault(line["stage"], []).append(line["step.loss"])
    for stage, negatives in (("one", 5), ("one_each", 2), ("one_bag", 5), ("one_of_threes", 5)):
        word, near = START["word.table"], START["near.table"]
        assert len(losses[stage]) == 10, stage
        for loss in losses[stage]:
            s = sum(a * b for a, b in zip(word, near))
            counted = loss * BATCH / (softplus(-s) + negatives * softplus(s))
            pairs = round(counted)
            assert abs(counted - pairs) < 1e-4, (stage, counted)
            assert pairs == BATCH if stage == "one_bag" else pairs % 2 == 0 and 2 * BATCH <= pairs <= 6 * BATCH and pairs > 2.5 * BATCH, (stage, pairs)
            slope = 0.05 * pairs / BATCH * (negatives * sigmoid(s) - sigmoid(-s))
            word, near = [a - slope * b for a, b in zip(word, near)], [b - slope * a for a, b in zip(word, near)]
        found = tensors.tensors(os.path.join(run, "checkpoints", f"{stage}-{10:09}", "weights.safetensors"))
        for name, row in (("word.table", word), ("near.table", near)):
            got = list(found["net." + name])[-3:]
            assert all(abs(a - b) < 1e-5 for a, b in zip(got, row, strict=True)), (stage, name, got, row)
    s = sum(a * b for a, b in zip(*START.values()))
    mean = sum(losses["few"]) / len(losses["few"]) / (softplus(-s) + 5 * softplus(s))
    stays = math.sqrt(0.04) + 0.04  # the word is all of the text; of a centre that stays, as many of 4 neighbours
    assert abs(mean / (4 * stays * stays) - 1) < 0.15, mean


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
        answer = json.loads(answered)
        differ += word != answer["word"]
        assert answer["known"] == -sum(n for n, _ in kept), answer
    assert differ <= 1, differ  # a number that f32 rounds to the other side of a border


if __name__ == "__main__":
    {"text": text, "same": same, "alone": alone, "drawn": drawn}[sys.argv[1]](*sys.argv[2:])
