#!/usr/bin/env python3
"""Fails where the table of docs/language.md, The library, names what stdlib/ does not declare, or lacks a layer, an objective or whatever else of it is no
function: of those, some only help others."""
import glob, os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DECLARATION = re.compile(r"^(layer|model|fn|objective|metric|optimizer|schedule|augment|adapter|remap)\s+(\w+)", re.M)


def read(path):
    return open(os.path.join(ROOT, path), encoding="utf-8").read()


def main():
    table = re.search(r"^## The library\n+((?:\|.*\n)+)\n", read("docs/language.md"), re.M)
    rows = table[1].splitlines() if table else []
    listed = {word for row in rows for code in re.findall(r"`([^`]+)`", row.split("|")[2]) for word in code.split()}
    declared = {}
    for path in glob.glob(os.path.join(ROOT, "stdlib/**/*.tl"), recursive=True):
        declared.update((name, kind) for kind, name in DECLARATION.findall(read(path)))
    print(f"{len(declared)} declarations")
    problems = [f"a row has no two cells: {row[:60]}" for row in rows if row.count("|") != 3]
    problems += [f"not in the table: {kind} {name}" for name, kind in sorted(declared.items()) if kind != "fn" and name not in listed]
    problems += [f"not in stdlib/: {name}" for name in sorted(listed - declared.keys())]
    print("\n".join(problems))
    return 1 if problems or len(rows) < 3 or not declared else 0


if __name__ == "__main__":
    sys.exit(main())
