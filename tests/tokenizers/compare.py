#!/usr/bin/env python3
"""Compares ids, types, words and offsets with those of PyPI's `tokenizers`, text by text.

  compare.py TL-TOKENS TOKENIZER [--lines N] [--data DIR] [--pairs]

TOKENIZER is a tokenizer.json, or a folder. Texts are lines of DIR, and mixes made here: scripts, emoji, marks, controls, white space.
"""
import argparse, array, glob, gzip, os, random, struct, subprocess, sys


def real_lines(folder):
    for path in sorted(glob.glob(folder + "/**/*", recursive=True)):
        if path.endswith((".txt", ".tsv", ".csv", ".md", ".txt.gz", ".names")):
            with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
                for line in f.read().decode("utf-8", "ignore").splitlines():
                    yield line


RANGES = [(0x20, 0x7f)] * 8 + [(0xa0, 0x180), (0x370, 0x400), (0x400, 0x500), (0x590, 0x600), (0x600, 0x700), (0x900, 0x980), (0xe00, 0xe80), (0x1100, 0x1200),
                               (0x1e00, 0x1f00), (0x1f00, 0x2000), (0x2000, 0x2070), (0x20a0, 0x2200), (0x2500, 0x27c0), (0x3000, 0x3100), (0x3130, 0x3190), (0x3400, 0x3420),
                               (0x4e00, 0x5000), (0xac00, 0xac80), (0xf900, 0xfb50), (0xfe00, 0xfe10), (0xff00, 0xfff0), (0x1d400, 0x1d500), (0x1f300, 0x1f700),
                               (0x20000, 0x20010), (0xe0100, 0xe0110)]
MARKS = [0x300, 0x301, 0x302, 0x303, 0x307, 0x308, 0x30a, 0x323, 0x327, 0x328, 0x334, 0x345, 0x5b0, 0x5bc, 0x64b, 0x651, 0x93c, 0x94d, 0xe38, 0x3099, 0x20d0, 0x1d165]
SPACES = [0x20, 0x20, 0x20, 0x20, 9, 10, 13, 0x85, 0xa0, 0x2003, 0x2028, 0x3000, 0x200b, 0xfeff]
WORDS = ["don't", "I'LL", "we've", "it'S", "Straße", "İstanbul", "ΌΣΟΣ", "naïve", "café", "1234567", "3.14", "hello", "world", "the", "ﬁne", "Ⅷ", "①", "한국어", "日本語", "ガ",
         "👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "x\u0323\u0301", "'ſ", "...", "--", "[CLS]", "[MASK]", "<s>", "</s>", "<mask>", "<|endoftext|>", "\u2581a", "a\u0315\u0300\u05ae\u0062", "##ing", "<0x41>"]


def mixed_lines(seed):
    draw = random.Random(seed)
    while True:
        parts = []
        low, high = draw.choice(RANGES)
        for _ in range(draw.randrange(0, 12)):
            kind = draw.randrange(8)
            if kind < 3:
                parts.append("".join(chr(draw.randrange(low, high)) for _ in range(draw.randrange(1, 7))))
            elif kind == 3:
                parts.append(chr(draw.choice(MARKS)) * draw.randrange(1, 3) + chr(draw.choice(MARKS)))
            elif kind == 4:
                parts.append(draw.choice(WORDS))
            elif kind == 5:
                code = draw.randrange(0x110000) if draw.randrange(4) == 0 else draw.randrange(0x300)
                parts.append(chr(code) if not 0xD800 <= code < 0xE000 else "?")
            elif kind == 6:
                low, high = draw.choice(RANGES)
            if draw.randrange(3):
                parts.append("".join(chr(draw.choice(SPACES)) for _ in range(draw.randrange(1, 3))))
        yield "".join(parts)


def texts(data, count, seed=1):
    all = list(real_lines(data))[: count // 2] if data else []
    more = mixed_lines(seed)
    while len(all) < count:
        all.append(next(more))
    return all


def packed(lines):
    return b"".join(struct.pack("<I", len(raw)) + raw for raw in (line.encode() for line in lines))


def ours(program, tokenizer, what, lines, *options):
    done = subprocess.run([program, tokenizer, what, *options], input=packed(lines), stdout=subprocess.PIPE, check=True)
    return done.stdout


def encodings(raw, has_offsets=True):
    """(ids, types, words, offsets) of each text."""
    numbers, at = array.array("i"), 0
    numbers.frombytes(raw)
    while at < len(numbers):
        count = numbers[at]
        at += 1
        if count < 0:
            yield None
            continue
        ids, types, words = (numbers[at + i * count : at + (i + 1) * count].tolist() for i in range(3))
        ends = numbers[at + 3 * count : at + 5 * count].tolist() if has_offsets else []
        yield ids, types, words, list(zip(ends[::2], ends[1::2]))
        at += (5 if has_offsets else 3) * count


def peer(path):
    from tokenizers import Tokenizer
    if os.path.isfile(path):
        return Tokenizer.from_file(path)
    return Tokenizer.from_file(os.path.join(path, "tokenizer.json"))


def compare(program, path, lines, pairs=False, theirs=None):
    theirs = theirs or peer(path)
    wrong, total = 0, 0
    for start in range(0, len(lines), 50000):
        some = lines[start : start + 50000]
        got = encodings(ours(program, path, "pairs" if pairs else "encode", some, "offsets"))
        asked = list(zip(some[::2], some[1::2])) if pairs else some
        for text, one, other in zip(asked, got, theirs.encode_batch(asked)):
            total += 1
            wanted = (other.ids, other.type_ids, [-1 if w is None else w for w in other.word_ids], other.offsets)
            if one != wanted:
                wrong += 1
                if wrong <= 5:
                    name = next((n for n, a, b in zip(("ids", "types", "words", "offsets"), one or ["refused"] * 4, wanted) if a != b))
                    print(f"{text!r}: {name}\n  ours   {one}\n  theirs {wanted} {other.tokens}")
    return total, wrong


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("program")
    a.add_argument("tokenizers", nargs="+")
    a.add_argument("--lines", type=int, default=20000)
    a.add_argument("--data")
    a.add_argument("--pairs", action="store_true")
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    try:
        import tokenizers
    except ImportError:
        print("PyPI's `tokenizers` cannot be imported here: nothing is compared")
        return
    lines, failed = texts(o.data, o.lines, o.seed), 0
    for path in o.tokenizers:
        total, wrong = compare(o.program, path, lines, o.pairs)
        print(f"{path}: {wrong} of {total} texts differ (tokenizers {tokenizers.__version__})", flush=True)
        failed += wrong
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
