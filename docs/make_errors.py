#!/usr/bin/env python3
"""Makes docs/errors.md from compiler/support/Diagnostics.def; `--check` fails when the page is out of date."""
import os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = [(0, "Reading"), (100, "Names"), (200, "Shapes and values"), (300, "Layers and parameters"), (400, "Data and splits"),
         (500, "Stages, phases, selectors"), (600, "Weights"), (700, "Objectives, optimizers, metrics, deploy"), (800, "Other")]


def entries():
    with open(os.path.join(ROOT, "compiler/support/Diagnostics.def")) as f:
        text = f.read()
    found = re.findall(r'^DIAGNOSTIC\((\d+),\s*\w+,\s*"([^"]+)",\s*(\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', text, re.M)
    for code, name, severity, literals in found:
        words = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))
        yield int(code), name, severity, re.sub(r"\\(.)", r"\1", words)


def page():
    lines = ["# Errors and warnings", "", "Made by `docs/make_errors.py` from `compiler/support/Diagnostics.def`. `tlc explain TL0202` prints an entry.", ""]
    rows = sorted(entries())
    for (low, title), (high, _) in zip(PARTS, PARTS[1:] + [(1 << 30, "")]):
        part = [r for r in rows if low <= r[0] < high]
        if part:
            lines += [f"## {title}", ""]
        for code, name, severity, words in part:
            lines += [f"**TL{code:04d} {name}**" + ("" if severity == "error" else f" ({severity})") + f" · {words}", ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    path = os.path.join(ROOT, "docs/errors.md")
    if "--check" in sys.argv:
        sys.exit(0 if open(path).read() == page() else "docs/errors.md is out of date: run docs/make_errors.py")
    with open(path, "w") as f:
        f.write(page())
