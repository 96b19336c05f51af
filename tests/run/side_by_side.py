#!/usr/bin/env python3
"""Holds what functions of a batch write against what those of one text do.

  side_by_side.py COMMAND        COMMAND stands for `./prog --run run`, into which the function's name is put
"""
import json, shlex, subprocess, sys

program, *flags = shlex.split(sys.argv[1])
story = "the cat sat on the mat; a dog ran to the cat"
texts = [story[:n] for n in (7, 1, 25, 12, 3, 16, 17, 2, 15, 44, 5)] + ["the"] * 2


def lines(function, said, *more):
    run = subprocess.run([program, function, *more, *flags], input=said, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return run.stdout.splitlines(), run.stderr


def ask(function, texts, *more):
    answers, complaints = lines(function, "".join(json.dumps({"text": text}) + "\n" for text in texts), *more)
    assert not complaints, complaints
    return [json.loads(answer)["text"] for answer in answers]


def same(function, *more):
    alone, beside = ask(function, texts, *more), ask(function + "_beside", texts, *more)
    assert alone == beside, (function, more, [pair for pair in zip(alone, beside) if pair[0] != pair[1]])
    assert all(answer.startswith(text) for answer, text in zip(alone, texts)) and len(alone) == len(texts), alone
    return alone


for function in "likeliest", "drawn", "far_off":
    for more in ["--tokens", "1"], ["--tokens", "30"], ["--tokens", "30", "--stop", "t "], ["--tokens", "9", "--threads", "2"]:
        answers = same(function, "--seed", "5", *more)
    assert {len(answer) - len(text) for answer, text in zip(answers, texts)} == {9}, answers
stopped = same("drawn", "--tokens", "30", "--stop", "t ")
assert len({len(answer) - len(text) for answer, text in zip(stopped, texts)}) > 3, stopped
drawn = same("drawn", "--tokens", "30")
assert drawn[-1] != drawn[-2], drawn  # each line has draws of its own

# Lines that are wrong are told by their numbers, in their places.
wrong = '"the cat"\n\n{"text": "a dog"}\nthe cat\n{"text": ""}\n"a dog ran"\n'
told, complaints = lines("drawn", wrong, "--tokens", "20")
assert (told, complaints) == lines("drawn_beside", wrong, "--tokens", "20"), (told, complaints)
assert ["error" in line for line in told] == [False, False, True, True, False] and "line 4: " in told[2] and "line 5: " in told[3], told

# What a text of NaN leaves behind, in its row and beside it, is not looked at.
sore = '"cat z"\n"a dog"\n"the cat"\n"the mat"\n'
alone, beside = lines("sore_one", sore, "--tokens", "4")[0], lines("sore_beside", sore, "--tokens", "4")[0]
assert alone[1:] == beside[1:] and "not a number" in alone[0] and "not a number" in beside[0], (alone, beside)
assert [json.loads(line)["text"] for line in alone[1:]] == ask("likeliest", ["a dog", "the cat", "the mat"], "--tokens", "4"), alone

# Who writes a line and waits for its answer gets it.
with subprocess.Popen([program, "drawn_beside", "--tokens", "30", *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as talk:
    for text, answer in zip(texts, drawn):
        talk.stdin.write(json.dumps(text) + "\n")
        talk.stdin.flush()
        assert json.loads(talk.stdout.readline())["text"] == answer
    talk.stdin.close()
