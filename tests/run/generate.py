#!/usr/bin/env python3
"""Asks a program for the same text in several lines: the first is what it gives alone, and no two are alike.

  generate.py COMMAND ALONE.TXT        COMMAND draws what follows "on "
"""
import json, shlex, subprocess, sys

command, alone = sys.argv[1:]
ask = lambda lines: subprocess.run(shlex.split(command), input="".join(lines), stdout=subprocess.PIPE, check=True, text=True).stdout
line = json.dumps({"text": "on "}) + "\n"
texts = [json.loads(answer)["text"] for answer in ask([line] * 4).splitlines()]
again = [json.loads(answer)["text"] for answer in ask([line] * 4).splitlines()]
with open(alone) as f:
    first = f.read().rstrip("\n")
print("\n".join(texts))
sys.exit(texts[0] != first or len(set(texts)) != 4 or texts != again)
