"""The words of a text as TL makes them, vectors of words by name, and what these know: what bench/vectors and bench/glove share."""
import gzip, json, re, struct
import numpy as np


def words_of(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as f:
        text = re.sub("[A-Z]", lambda upper: upper[0].lower(), f.read())
    return re.findall(r"[a-z0-9'\u0080-\U0010ffff]+|[^ \t\n\r\f\va-z0-9'\u0080-\U0010ffff]", text)


def named_rows(path, tables, words):
    """The sum of some tables f32[words, d] of a safetensors file, by word; words that are None have no row here."""
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        begin, rows = f.tell(), 0
        for table in tables:
            start, end = header[table]["data_offsets"]
            f.seek(begin + start)
            rows = rows + np.frombuffer(f.read(end - start), "<f4").reshape(header[table]["shape"])
    assert len(rows) == len(words), "TL makes other words of the text"
    return {word.decode(): row for word, row in zip(words, rows) if word}


def ranks(values):
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[inverse]


def spearman(vectors, path):
    given, found = [], []
    with open(path) as f:
        for line in f:
            a, b, number = line.lower().split()[:3]
            if a in vectors and b in vectors:
                x, y = vectors[a], vectors[b]
                given.append(float(number))
                found.append(x @ y / np.sqrt((x @ x) * (y @ y)))
    return np.corrcoef(ranks(given), ranks(found))[0, 1], len(given)


def analogies(vectors, path):
    """The share of the questions that are answered right, and how many have only words that are known."""
    names = {word: i for i, word in enumerate(vectors)}
    rows = np.array(list(vectors.values()), "f4")
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    with open(path) as f:
        asked = [line.lower().split() for line in f if not line.startswith(":")]
    asked = np.array([[names[word] for word in words] for words in asked if all(word in names for word in words)])
    right = 0
    for part in np.array_split(asked, len(asked) // 500 + 1):
        scores = (rows[part[:, 1]] - rows[part[:, 0]] + rows[part[:, 2]]) @ rows.T
        np.put_along_axis(scores, part[:, :3], -9, axis=1)
        right += int((scores.argmax(axis=1) == part[:, 3]).sum())
    return right / len(asked), len(asked)
