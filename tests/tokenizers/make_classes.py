#!/usr/bin/env python3
"""Writes runtime/tokenizers/Classes.def: what PyPI's `tokenizers` takes each code point for, asked of it one by one. Its parts follow
Unicode 8, 9, 16 and 17; where utf8proc is older or younger, the table says so.

  make_classes.py > runtime/tokenizers/Classes.def
"""
import ctypes
from tokenizers import Regex, normalizers as N, pre_tokenizers as P

NAMES = "space punctuation control accent mark letter number numeric word late ideograph".split()
utf8proc = ctypes.CDLL("libutf8proc.so.2")


class Property(ctypes.Structure):
    _fields_ = [("category", ctypes.c_int16), ("combining", ctypes.c_int16), ("bidi", ctypes.c_int16), ("decomposition", ctypes.c_int16),
                ("decomposed", ctypes.c_uint16)]


utf8proc.utf8proc_get_property.restype = ctypes.POINTER(Property)
bert = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
clean, ideographs, accents = (N.BertNormalizer(**{**bert, name: True}).normalize_str for name in ("clean_text", "handle_chinese_chars", "strip_accents"))
marks, lower, nfd, nfkd = (n().normalize_str for n in (N.StripAccents, N.Lowercase, N.NFD, N.NFKD))


def pieces(pre_tokenizer):
    return lambda c: len(pre_tokenizer.pre_tokenize_str("a" + c))


def matches(pattern):
    return lambda c: P.Split(Regex(pattern), "removed").pre_tokenize_str(c) == []


spaces, punctuation, digits = pieces(P.WhitespaceSplit()), pieces(P.Punctuation()), pieces(P.Digits(individual_digits=True))
letter, number, words = matches(r"\p{L}"), matches(r"\p{N}"), P.Whitespace()


def is_late(code, c):
    """Whether utf8proc orders or decomposes what the peer's normal forms do not know."""
    own = utf8proc.utf8proc_get_property(code).contents
    if 0xAC00 <= code <= 0xD7A3:
        return False
    if own.decomposed != 0xFFFF and nfkd(c) == c:
        return True
    if own.combining == 0:
        return False
    return nfd("a" + c + "\u0334") == "a" + c + "\u0334" if own.combining > 1 else nfd("a\u0301" + c) == "a\u0301" + c


def mask(code):
    c = chr(code)
    is_space = P.WhitespaceSplit().pre_tokenize_str(c) == []
    found = (is_space, punctuation(c) == 2, clean("a" + c + "b") == "ab", nfd(c) == c and accents(c) == "", marks(c) == "", letter(c), number(c),
             digits(c) == 2, words.pre_tokenize_str("a" + c) == [("a" + c, (0, 2))], is_late(code, c), ideographs(c) != c)
    return sum(1 << i for i, bit in enumerate(found) if bit)


def runs(value):
    start, last = 0, value(0)
    for code in range(1, 0x110001):
        now = 0 if 0xD800 <= code < 0xE000 or code == 0x110000 else value(code)
        if now != last:
            if last:
                yield start, code - 1, last
            start, last = code, now


def table(macro, entries):
    line = ""
    for entry in entries:
        word = macro + "(" + ", ".join(entry) + ")"
        if len(line) + len(word) > 159:
            print(line)
            line = ""
        line += (" " if line else "") + word
    print(line)


def lowered(code):
    c, own = lower(chr(code)), utf8proc.utf8proc_tolower(code)
    return ord(c) - code if len(c) == 1 and ord(c) != own else 0


print("// Made by tests/tokenizers/make_classes.py. CLASS(first, last, bits): " + ", ".join(f"{1 << i:x} {name}" for i, name in enumerate(NAMES)) + ".")
print("// LOWER(first, last, distance): lower case that is younger than utf8proc.\n// clang-format off")
table("CLASS", ((f"0x{a:x}", f"0x{b:x}", f"0x{m:x}") for a, b, m in runs(mask)))
table("LOWER", ((f"0x{a:x}", f"0x{b:x}", str(d)) for a, b, d in runs(lowered)))
