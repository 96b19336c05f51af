#!/usr/bin/env python3
"""Fits tokenizers on texts and compares vocabularies and merges with those of PyPI's `tokenizers`, token by token.

  trainers.py TL-TOKENS [--data DIR] [--sizes N …]
  trainers.py --cases > tests/unit/trainers.json        small texts, and what it makes of them

Its WordPiece numbers the characters within words as a hash table lists them, anew in each run, so that ties break by chance: here it is
told an order, by naming them as special tokens; which of equally rare characters it leaves out is chance, too.
"""
import argparse, collections, gzip, json, os, subprocess, sys, time
import compare


def fitted(program, kind, most, texts):
    done = subprocess.run([program, kind, "train", str(most)], input=compare.packed(texts), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    return json.loads(done.stdout), float(done.stderr)


def bare(kind):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    made = Tokenizer(models.WordPiece(unk_token="[UNK]") if kind == "wordpiece" else models.BPE())
    if kind == "wordpiece":
        made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    else:
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


def letters(made, texts):
    """The characters of words, then those within words, each ascending: the most frequent 1000, the least of equally frequent ones first."""
    counts, inner = collections.Counter(), set()
    for text in texts:
        for word, _ in made.pre_tokenizer.pre_tokenize_str(made.normalizer.normalize_str(text)):
            counts.update(word)
            inner.update(word[1:])
    kept = sorted(sorted(counts, key=lambda letter: (-counts[letter], letter))[:1000])
    return kept + ["##" + letter for letter in kept if letter in inner]


def theirs(kind, most, texts):
    from tokenizers import pre_tokenizers, trainers
    made = bare(kind)
    options = dict(vocab_size=most, min_frequency=2, show_progress=False)
    if kind == "wordpiece":
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        trainer = trainers.WordPieceTrainer(special_tokens=special + letters(made, texts), limit_alphabet=0, **options)
    else:
        trainer = trainers.BpeTrainer(special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **options)
    start = time.time()
    made.train_from_iterator(texts, trainer)
    return json.loads(made.to_str()), time.time() - start


def pairs(merges):
    return [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in merges]


def differences(program, kind, most, texts, name):
    """1 where the vocabularies or merges differ."""
    ours, seconds = fitted(program, kind, most, texts)
    others, other_seconds = theirs(kind, most, texts)
    a, b = ours["model"], others["model"]
    wrong = [token for token in set(a["vocab"]) | set(b["vocab"]) if a["vocab"].get(token) != b["vocab"].get(token)]
    unlike = kind == "bpe" and pairs(a["merges"]) != pairs(b["merges"])
    print(f"{name} {kind} {most}: {len(wrong)} of {len(b['vocab'])} tokens differ, merges {'differ' if unlike else 'are equal'} ({seconds:.2f} s, theirs {other_seconds:.2f} s)", flush=True)
    if wrong:
        print("  ", sorted((b["vocab"].get(t, -1), a["vocab"].get(t, -1), t) for t in wrong)[:5])
    return int(bool(wrong) or unlike)


def sources(data):
    yield "mixes", compare.texts(None, 4000, 11)
    if not data:
        return
    for name in ("tinyshakespeare/input.txt", "sst2/train.tsv", "sotu/sotu.txt.gz"):
        path = os.path.join(data, name)
        with (gzip.open if name.endswith(".gz") else open)(path, "rb") as f:
            text = f.read().decode()
        yield name.split("/")[0], text.splitlines() if name.endswith(".tsv") else [text]


def cases():
    play = ["the cat sat on the mat; the cats sat, the mats sat.", "a cat's hat, that cat's mat: THE HAT", "aaaa aaa aaaaaa aa baaaab", "abc abc ab bc abcbc abcab bcab"]
    scripts = ["naïve café, Straße naïve café", "日本語 日本 語日本語", "привет мир, привет миру", "👩‍👩‍👧 👩‍👩‍👧 🇩🇪🇩🇪", "  two  spaces\n\n\tand  two  tabs\t\t", "[MASK] <mask> <mask> </s>"]
    counting = [" ".join(str(n * n) for n in range(200))]
    for texts in (play, scripts, play + scripts, counting):
        for kind, sizes in (("wordpiece", (6, 70, 120)), ("bpe", (262, 280, 400))):
            for most in sizes:
                model = theirs(kind, most, texts)[0]["model"]
                tokens = sorted(model["vocab"], key=model["vocab"].get)
                yield {"kind": kind, "most": most, "texts": texts, "tokens": tokens[261:] if kind == "bpe" else tokens, "merges": pairs(model.get("merges", []))}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("program", nargs="?")
    a.add_argument("--cases", action="store_true")
    a.add_argument("--data")
    a.add_argument("--sizes", type=int, nargs="+", default=[300, 1000, 8000, 30000])
    o = a.parse_args()
    if o.cases:
        print("[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases()) + "]")
        return
    sys.exit(sum(differences(o.program, kind, most, texts, name) for name, texts in sources(o.data) for kind in ("wordpiece", "bpe") for most in o.sizes) > 0)


if __name__ == "__main__":
    main()
