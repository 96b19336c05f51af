"""The text of word2vec_tree.tl, and its ten steps in double.

  word2vec_tree.py text FOLDER · steps RUN
"""
import heapq, json, math, os, random, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import data, tensors

COUNTS = {"sea": 40, "sky": 30, "sun": 14, "ice": 12, "fog": 10, "mud": 9}  # no two sums are alike, so there is one tree
FIRST, RATE, STEPS = 4, 2, 10  # before the words stand padding, unknown, mask and start


def start():
    draw = random.Random(5)
    return [[draw.uniform(-1, 1) for _ in range(3)] for _ in range(FIRST + len(COUNTS))]


def text(folder):
    words = [word for word, n in COUNTS.items() for _ in range(n)]
    random.Random(2).shuffle(words)
    open(os.path.join(folder, "words.txt"), "w").write(" ".join(words))
    open(os.path.join(folder, "lines.txt"), "w").write("\n \n".join(" ".join(words[i:i + 2]) for i in range(0, len(words), 2)) + "\n")
    os.chdir(folder)
    data.write_safetensors("start.safetensors", {"word.table": ((FIRST + len(COUNTS), 3), sum(start(), []))})


def paths(counts):
    """{word: [(inner node, sign)]} from the root on; nodes are named by what is below them."""
    heap = [(n, (word,)) for word, n in counts.items()]
    heapq.heapify(heap)
    found = {word: [] for word in counts}
    while len(heap) > 1:
        (n, one), (m, other) = heapq.heappop(heap), heapq.heappop(heap)
        for words, sign in ((one, 1), (other, -1)):
            for word in words:
                found[word].insert(0, (one + other, sign))
        heapq.heappush(heap, (n + m, one + other))
    return found


def expected(stage, words):
    half = 2 if "lines" in stage else 1
    table = {word: row for word, row in zip(COUNTS, start()[FIRST:])}
    ways = paths(COUNTS)
    nodes = {node: [0.0] * 3 for way in ways.values() for node, _ in way}
    losses = []
    for _ in range(STEPS):
        slopes = {key: [0.0] * 3 for key in (*table, *nodes)}
        loss = 0
        for i in range(half, len(words) - half):
            centre, near = words[i], [word for word in (words[i - 1], words[i + 1]) if word and words[i]]
            for inputs in ([[word] for word in near] if stage.startswith("skips") else [near] if near else []):
                h = [sum(table[word][i] for word in inputs) / len(inputs) for i in range(3)]
                for node, sign in ways[centre]:
                    s = sign * sum(a * b for a, b in zip(h, nodes[node]))
                    loss += math.log1p(math.exp(-s))
                    slope = -sign / (1 + math.exp(s))
                    for i in range(3):
                        slopes[node][i] += slope * h[i]
                        for word in inputs:
                            slopes[word][i] += slope * nodes[node][i] / len(inputs)
        centres = len(words) - 2 * half
        losses.append(loss / centres)
        for rows in (table, nodes):
            for key in rows:
                rows[key] = [a - RATE * b / centres for a, b in zip(rows[key], slopes[key])]
    return losses, table, nodes


def steps(run):
    words = open("words.txt").read().split()
    lined = open("lines.txt").read().replace("\n \n", " | ").replace("\n", " | ").split()  # two words a line: none has more than one neighbour
    events = [json.loads(line) for line in open(os.path.join(run, "metrics.jsonl"))]
    for stage in ("skips", "bags", "skips_of_threes", "bags_of_threes", "skips_of_lines", "bags_of_lines", "skips_evenly", "skips_of_lines_evenly"):
        whole = words[:113] if "threes" in stage or stage == "skips_evenly" else words  # the last two are centres of no whole record
        if "lines" in stage:
            whole = [None if word == "|" else word for word in lined]
        losses, table, nodes = expected(stage, whole)
        got = [event["step.loss"] for event in events if event["event"] == "step" and event["stage"] == stage]
        assert all(abs(a - b) < 1e-5 for a, b in zip(got, losses, strict=True)), (stage, got, losses)
        found = tensors.tensors(os.path.join(run, "checkpoints", f"{stage}-{STEPS:09}", "weights.safetensors"))
        numbers = list(found["net.word.table"])[3 * FIRST:]
        assert all(abs(a - b) < 1e-5 for a, b in zip(numbers, sum(table.values(), []), strict=True)), (stage, numbers, table)
        rows = list(found["net.node.table"])
        rows = [rows[i:i + 3] for i in range(0, len(rows), 3)]
        way = lambda row: sorted(round(abs(a), 4) for a in row)  # which of the two ways is 1 is nobody's business
        assert sorted(way(row) for row in rows if any(row)) == sorted(way(row) for row in nodes.values()), (stage, rows, nodes)
        assert rows[0] != [0, 0, 0] and not any(map(any, rows[len(nodes):])), rows


if __name__ == "__main__":
    {"text": text, "steps": steps}[sys.argv[1]](*sys.argv[2:])
