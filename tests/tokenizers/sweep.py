#!/usr/bin/env python3
"""Every code point through every normalizer, pre-tokenizer and decoder, beside PyPI's `tokenizers`.

  sweep.py TL-TOKENS [EVERY [WORD]]    every so manieth text of it, those components alone whose file has WORD
"""
import json, struct, sys, tempfile
import compare

FORMS = [{"type": name} for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel")]
NORMALIZERS = FORMS + [
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {"type": "Prepend", "prepend": "\u2581x"},
    {"type": "Replace", "pattern": {"Regex": r"\s"}, "content": "_é"},
    {"type": "Replace", "pattern": {"String": "a"}, "content": ""},
    {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "NFC"}]},
] + [{"type": "BertNormalizer", "clean_text": bits & 1 > 0, "handle_chinese_chars": bits & 2 > 0, "strip_accents": bits & 4 > 0, "lowercase": bits & 8 > 0} for bits in range(16)]

SPLITS = [{"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}
          for pattern in (r"\s+", "[ab]") for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous") for invert in (False, True)]
LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PRE_TOKENIZERS = SPLITS + [
    {"type": "BertPreTokenizer"}, {"type": "Whitespace"}, {"type": "WhitespaceSplit"},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
    {"type": "Split", "pattern": {"Regex": LLAMA}, "behavior": "Isolated", "invert": False},
    {"type": "Split", "pattern": {"Regex": LLAMA.replace("{1,3}", "")}, "behavior": "Isolated", "invert": False},
    {"type": "FixedLength", "length": 3}, {"type": "CharDelimiterSplit", "delimiter": "\u2581"}, {"type": "CharDelimiterSplit", "delimiter": "'"},
    {"type": "UnicodeScripts"}, {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False},
    {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": True}]},
] + [{"type": "Punctuation", "behavior": behavior} for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")
] + [{"type": "Metaspace", "replacement": mark, "prepend_scheme": scheme, "split": split} for mark in ("\u2581", "_") for scheme in ("always", "first", "never") for split in (False, True)]

DECODERS = [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}, {"type": "WordPiece", "prefix": "##", "cleanup": True},
            {"type": "WordPiece", "prefix": "##", "cleanup": False}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": "a", "start": 2, "stop": 0}, {"type": "Strip", "content": "a", "start": 0, "stop": 1},
            {"type": "Replace", "pattern": {"String": "a"}, "content": "_"}, {"type": "BPEDecoder", "suffix": "</w>"},
            {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}, {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "never", "split": True},
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}]


def file_of(vocabulary=(), **parts):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None,
            "model": {"type": "WordLevel", "vocab": {token: i for i, token in enumerate(vocabulary or ["a"])}, "unk_token": "a"}, **parts}


def texts():
    """Code points between letters, in front of marks and behind, and after spaces and digits."""
    for code in range(0x110000):
        if not 0xD800 <= code < 0xE000:
            c = chr(code)
            yield "a" + c + "b"
            if code < 0x30000 or 0xE0000 <= code < 0xE0200:
                yield f" {c}{c} 'd1{c}"
                yield f"e\u0301{c}\u0323\u0307{c}"
                yield f"{c}\n\u2581 {c}\u0345\u0334"


def our_texts(raw):
    at = 0
    while at < len(raw):
        (count,) = struct.unpack_from("<i", raw, at)
        yield raw[at + 4 : at + 4 + count].decode()
        at += 4 + count


def our_pieces(raw):
    at = 0
    while at < len(raw):
        (count,) = struct.unpack_from("<i", raw, at)
        at += 4
        pieces = []
        for _ in range(count):
            (size,) = struct.unpack_from("<i", raw, at)
            start, end = struct.unpack_from("<ii", raw, at + 4 + size)
            pieces.append((raw[at + 4 : at + 4 + size].decode(), (start, end)))
            at += 12 + size
        yield pieces


def differ(name, spec, asked, got, wanted):
    total = wrong = 0
    for one, ours, theirs in zip(asked, got, wanted):
        total += 1
        if ours != theirs:
            wrong += 1
            if wrong <= 3:
                print(f"  {one!r}\n    ours   {ours!r}\n    theirs {theirs!r}")
    print(f"{name} {json.dumps(spec)[:150]}: {wrong} of {total} differ", flush=True)
    return wrong


def main():
    try:
        from tokenizers import Tokenizer
    except ImportError:
        print("PyPI's `tokenizers` cannot be imported here: nothing is compared")
        return
    program, failed, all = sys.argv[1], 0, list(texts())
    all = all[:: int(sys.argv[2]) if len(sys.argv) > 2 else 1]
    wanted = lambda specs: [spec for spec in specs if (sys.argv[3] if len(sys.argv) > 3 else "") in json.dumps(spec)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        def write(**parts):
            f.seek(0), f.truncate(), json.dump(file_of(**parts), f), f.flush()
            return Tokenizer.from_file(f.name)
        for spec in wanted(NORMALIZERS):
            theirs = write(normalizer=spec).normalizer
            failed += differ("normalizer", spec, all, our_texts(compare.ours(program, f.name, "normalize", all)), map(theirs.normalize_str, all))
        for spec in wanted(PRE_TOKENIZERS):
            theirs = write(pre_tokenizer=spec).pre_tokenizer
            failed += differ("pre-tokenizer", spec, all, our_pieces(compare.ours(program, f.name, "pieces", all)), map(theirs.pre_tokenize_str, all))
        draw = __import__("random").Random(5)
        vocabulary = [f"<0x{i:02X}>" for i in range(256)] + ["##a", "a", "aa", "aaa", "##", ".", "n't", "'s", "do not", "\u2581", "\u2581\u2581a", "</w>", "a</w>", "\u0120a", "\u00e9", "日"] + [chr(0x100 + i) for i in range(68)]
        rows = [[draw.randrange(len(vocabulary)) for _ in range(draw.randrange(1, 9))] for _ in range(20000)]
        packed = b"".join(struct.pack(f"<I{len(row)}i", 4 * len(row), *row) for row in rows)
        import subprocess
        for spec in wanted(DECODERS):
            theirs = write(vocabulary=vocabulary, decoder=spec)
            raw = subprocess.run([program, f.name, "decode"], input=packed, stdout=subprocess.PIPE, check=True).stdout
            failed += differ("decoder", spec, rows, our_texts(raw), map(theirs.decode, rows))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
