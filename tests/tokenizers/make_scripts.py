#!/usr/bin/env python3
"""Writes runtime/tokenizers/Scripts.def: which code points the pre-tokenizer `UnicodeScripts` of PyPI's `tokenizers` leaves together, asked of it.

  make_scripts.py > runtime/tokenizers/Scripts.def

It cuts between neighbours of two scripts; what is of any script is in no piece where it stands alone. Scripts are numbered in the order in which they come.
"""
from tokenizers import pre_tokenizers

cut = pre_tokenizers.UnicodeScripts().pre_tokenize_str
codes = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
known = [code for code in codes if cut(chr(code))]
scripts, number, at = [], {}, 0
for piece, _ in cut("".join(map(chr, known))):
    script = next((i for i, first in enumerate(scripts) if len(cut(first + piece[0])) == 1), len(scripts))
    scripts += [piece[0]] if script == len(scripts) else []
    for code in known[at:at + len(piece)]:
        number[code] = script + 1
    at += len(piece)

ranges = []
for code in known:
    if ranges and ranges[-1][1] == code - 1 and ranges[-1][2] == number[code]:
        ranges[-1][1] = code
    else:
        ranges.append([code, code, number[code]])
print("// Made by tests/tokenizers/make_scripts.py. SCRIPT(first, last, number); what is in none is of any script.\n// clang-format off")
line = ""
for first, last, script in ranges:
    word = f"SCRIPT(0x{first:x}, 0x{last:x}, {script})"
    if len(line) + len(word) > 158:
        print(line)
        line = ""
    line += (" " if line else "") + word
print(line)
