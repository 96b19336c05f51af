#!/usr/bin/env python3
"""What a program writes, several texts of it.

  generate.py lines COMMAND ALONE.TXT               COMMAND draws what follows "on ": asked for in several lines, the first is as alone, and no two are alike
  generate.py samples COMMAND SUMMARY.JSON WRITER   the texts of the report are what COMMAND answers to their beginnings
"""
import json, shlex, subprocess, sys


def ask(command, texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    return [json.loads(answer)["text"] for answer in subprocess.run(shlex.split(command), input=lines, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()]


def lines(command, alone):
    texts, again = ask(command, ["on "] * 4), ask(command, ["on "] * 4)
    with open(alone) as f:
        first = f.read().rstrip("\n")
    print("\n".join(texts))
    return texts[0] != first or len(set(texts)) != 4 or texts != again


def samples(command, summary, writer):
    with open(summary) as f:
        told = json.load(f)["samples"][writer]
    answers = ask(command, [one["given"] for one in told])
    print(told, answers)
    return len(told) != 3 or [one["given"] + one["written"] for one in told] != answers


sys.exit({"lines": lines, "samples": samples}[sys.argv[1]](*sys.argv[2:]))
