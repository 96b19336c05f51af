#!/usr/bin/env python3
"""Stops a text at each piece of what it would go on with, and asks for it in a request of several lines.

  continued_stop.py COMMAND        COMMAND stands for `./prog FUNCTION --run run`
"""
import json, shlex, subprocess, sys

command = shlex.split(sys.argv[1])


def ask(*flags, texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    said = subprocess.run([*command, "--tokens", "12", *flags], input=lines, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [json.loads(line)["text"] for line in said.splitlines()]


start = "the cat, a"
[whole] = ask(texts=[start])
more = whole[len(start):]
assert len(more) == 12, more
for size in (1, 3):
    for i in range(0, len(more) - size + 1, 4):
        stop = more[i:i + size]
        [text] = ask("--stop", stop, texts=[start])
        assert text == start + more[:more.index(stop)], (stop, text, whole)
[text] = ask("--stop", "the cat", texts=[start])  # what is given is no stop
assert text == whole, (text, whole)
# Each line has its own tokens that occurred.
assert ask(texts=["Zebra", start, start]) == ask(texts=["Zebra"]) + [whole, whole]
