#!/usr/bin/env python3
"""Files of word vectors for tests/run/word_vectors.tl, read and written as other programs do: `word2vec.c` and gensim's KeyedVectors.

  word_vectors.py make|loaded|large FOLDER
"""
import gzip, json, os, struct, subprocess, sys

# `dog` and `;` are in no file; `zebra` is in no text.
GIVEN = {"zebra": (9, 9, 9), "the": (0.1, -2.5, 3e-7), "cat": (1, 1e-3, 16777217), "sat": (0.3333333333333333, -0.0, 123456.789)}


def f32(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def text(header=True, end=""):
    lines = [f"{len(GIVEN)} 3"] if header else []
    return "\n".join(lines + [f"{word} {' '.join(map(repr, row))}{end}" for word, row in GIVEN.items()]) + "\n"


def binary(rows, each, end=b""):
    return b"%d %d\n" % (len(rows), each) + b"".join(word.encode() + b" " + struct.pack(f"<{each}f", *row) + end for word, row in rows.items())


def read(path):
    """As gensim's load_word2vec_format, of either form."""
    data = open(path, "rb").read()
    head, _, rest = data.partition(b"\n")
    count, each = map(int, head.split())
    rows = {}
    if not path.endswith(".bin"):
        for line in rest.decode().splitlines():
            word, *numbers = line.split(" ")
            rows[word] = tuple(f32(float(number)) for number in numbers)
    while path.endswith(".bin") and len(rows) < count:
        word, _, rest = rest.lstrip(b"\n").partition(b" ")
        rows[word.decode()] = struct.unpack(f"<{each}f", rest[: 4 * each])
        rest = rest[4 * each :]
    assert len(rows) == count and all(len(row) == each for row in rows.values()), path
    return rows


def tensor(path, name):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    begin, end = json.loads(data[8 : 8 + size])[name]["data_offsets"]
    numbers = struct.unpack(f"<{(end - begin) // 4}f", data[8 + size + begin : 8 + size + end])
    return [numbers[i : i + 3] for i in range(0, len(numbers), 3)]


def make():
    open("corpus.txt", "w").write("the cat sat; the dog sat; the cat; the dog sat; " * 8)
    open("glove.txt", "w").write(text(header=False))
    open("google.bin", "wb").write(binary(GIVEN, 3))
    gzip.open("packed.vec.gz", "wt").write(text(end=" "))


def loaded():
    words = ["[padding]", "[unknown]", "[mask]", "[start]", ";", "the", "sat", "cat", "dog"]
    begin = {"text": lambda x: abs(x) <= 0.5 / 3, "binary": lambda x: abs(x) < 0.2 and x != 0, "packed": lambda x: x == 7}
    for stage, name in (("text", "net.word.table"), ("binary", "own.table"), ("packed", "own.table")):
        table = tensor(stage + ".safetensors", name)
        assert len(table) == len(words)
        for word, row in zip(words, table):
            if word in GIVEN:
                assert struct.pack("<3f", *row) == struct.pack("<3f", *GIVEN[word]), (stage, word, row)
            else:
                assert all(map(begin[stage], row)), (stage, word, row)
    of_text, of_packed = (dict(zip(words, tensor(stage + ".safetensors", name))) for stage, name in (("text", "net.word.table"), ("packed", "own.table")))
    for path, table in (("text.bin", of_text), ("text.txt", of_text), ("packed.txt", of_packed)):
        rows = read(path)
        assert list(rows) == words[4:], list(rows)
        for word in rows:
            assert struct.pack("<3f", *rows[word]) == struct.pack("<3f", *table[word]), (path, word)
    lines = [[f32(float(number)) for number in line.split("\t")] for line in open("packed.tsv").read().splitlines()]
    names = open("packed.metadata.tsv").read().splitlines()
    assert names == words[4:] and [struct.pack("<3f", *line) for line in lines] == [struct.pack("<3f", *of_packed[name]) for name in names], (names, lines)


def large():
    """A hundred megabytes, of which five words are wanted."""
    row = struct.pack("<300f", *[1.0] * 300)
    with open("large.bin", "wb") as f:  # not held here, either: what a process held counts for the program that takes its place
        f.write(b"80002 300\n")
        for word in ["the", "cat", *(f"w{i}" for i in range(80000))]:
            f.write(word.encode() + b" " + row)
    script = open("vectors.tl").read().replace('vocabulary, 3) from "google.bin"', 'vocabulary, 300) from "large.bin"').replace("glove.txt", "text.bin")
    open("large.tl", "w").write(script)
    subprocess.run(["tlc", "build", "large.tl", "-o", "large"], check=True)
    process = subprocess.Popen(["./large", "binary", "--out", "large-run", "--threads", "1"], stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0 and os.path.getsize("large.bin") > 90e6
    assert used.ru_maxrss < 40e3, f"{used.ru_maxrss} KiB were held of a file of {os.path.getsize('large.bin')} bytes"
    os.remove("large.bin")


if __name__ == "__main__":
    os.chdir(sys.argv[2])
    {"make": make, "loaded": loaded, "large": large}[sys.argv[1]]()
