#!/usr/bin/env python3
"""Compares the texts that a program goes on with to the answers there are for each of its functions.

  continued.py COMMAND ANSWERS.JSON        COMMAND stands for `./prog --run run`, into which the function's name is put
"""
import json, shlex, subprocess, sys

command, path = sys.argv[1:]
program, *flags = shlex.split(command)
with open(path) as f:
    answers = json.load(f)
failed = 0
for function, texts in answers.items():
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    said = subprocess.run([program, function, "--tokens", "40", *flags], input=lines, stdout=subprocess.PIPE, check=True, text=True).stdout
    for line, wanted in zip(map(json.loads, said.splitlines()), texts.values(), strict=True):
        if line["text"] != wanted:
            failed += 1
            print(f"{function}: {line['text']!r}\n  instead of {wanted!r}")
sys.exit(failed > 0)
