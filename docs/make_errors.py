#!/usr/bin/env python3
"""Makes docs/errors.md from compiler/support/Diagnostics.def and Examples.def; `--check` fails when the page is out of date."""
import os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = [(0, "Reading"), (100, "Names"), (200, "Shapes and values"), (300, "Layers and parameters"), (400, "Data and splits"),
         (500, "Stages, phases, selectors"), (600, "Weights"), (700, "Objectives, optimizers, metrics, deploy"), (800, "Other")]


def read(name):
    with open(os.path.join(ROOT, "compiler/support", name)) as f:
        return f.read()


def kinds():
    """(code, id, name, severity, explanation)"""
    found = re.findall(r'^DIAGNOSTIC\((\d+),\s*(\w+),\s*"([^"]+)",\s*(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', read("Diagnostics.def"), re.M)
    for code, key, name, severity, literals in found:
        words = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))
        yield int(code), key, name, severity, re.sub(r"\\(.)", r"\1", words)


def entries():
    return [(code, name, severity, words) for code, _, name, severity, words in kinds()]


def examples():
    """{id: (preamble, wrong lines, right lines)}"""
    raw = r'R"\((.*?)\)"'
    return {key: (place, wrong, right)
            for key, place, wrong, right in re.findall(rf'^EXAMPLE\((\w+), "(\w*)", {raw}, {raw}\)$', read("Examples.def") + read("StageExamples.def"), re.M | re.S)}


def differing(wrong, right):
    """The lines in which two texts differ, without those before and behind that both have."""
    a, b = wrong.split("\n"), right.split("\n")
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return [[line.strip() for line in lines if line.strip()] for lines in (a, b)]


def shown(example):
    wrong, right = differing(*example[1:])
    quoted = lambda lines: " / ".join(f"`` {line} ``" if "`" in line else f"`{line}`" for line in lines)
    return [f"Wrong: {quoted(wrong)}" + (f" · right: {quoted(right)}" if right else ""), ""]


def page():
    lines = ["# Errors and warnings", "", "Made by `docs/make_errors.py` from `compiler/support/Diagnostics.def` and the examples beside it. `tlc explain TL0202` prints an "
             "entry.", ""]
    rows, shows = sorted(kinds()), examples()
    for (low, title), (high, _) in zip(PARTS, PARTS[1:] + [(1 << 30, "")]):
        part = [r for r in rows if low <= r[0] < high]
        if part:
            lines += [f"## {title}", ""]
        for code, key, name, severity, words in part:
            lines += [f"**TL{code:04d} {name}**" + ("" if severity == "error" else f" ({severity})") + f" · {words}", ""]
            lines += shown(shows[key]) if key in shows else []
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    path = os.path.join(ROOT, "docs/errors.md")
    if "--check" in sys.argv:
        sys.exit(0 if open(path).read() == page() else "docs/errors.md is out of date: run docs/make_errors.py")
    with open(path, "w") as f:
        f.write(page())
