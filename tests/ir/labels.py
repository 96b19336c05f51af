#!/usr/bin/env python3
"""Fails when a numbered constraint of an op does not travel: from its description in a .td file, `- (C1) …`, to a check, `// C1 of reduce_sum, argmax`
in C++, and to a case of tests/**/*-invalid.mlir that is named after it, `@reduce_sum_c1_axis_twice`, and expects an error. Neither may name one that no
description has.

Ops that share the description of a class share its constraints: those of `Tl_Compare` and `Tl_UnaryText` are of `compare` and `unary`.
"""
import collections, glob, os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWNER = re.compile(r'^(?:def \w+\s*:\s*\w+<(?:\w+, )?"(?P<op>\w+)"|class (?:Tl|Kernel)_(?P<family>\w+?)(?:Text)?\b)|^def |\(C(?P<number>\d+)\)', re.M)
CHECK = re.compile(r"//.*\bC\d+\b.*")
CLAUSE = re.compile(r"((?:C\d+(?:, )?)+) of ([a-z]\w*(?:, [a-z]\w*)*)")
CASE = re.compile(r"@(?:(\w+?)_)?c(\d+)_\w+")


def texts(pattern):
    for path in sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True)):
        with open(path) as file:
            yield os.path.relpath(path, ROOT), file.read()


def described():
    found = collections.defaultdict(set)
    for path, text in texts("compiler/**/*.td"):
        owner = None
        for match in OWNER.finditer(text):
            if match["number"]:
                found[owner, int(match["number"])].add(path)
            else:
                owner = match["op"] or (match["family"] or "").lower() or None
    return found


def checked():
    found = collections.defaultdict(set)
    for path, text in texts("compiler/**/*.cpp"):
        for comment in CHECK.findall(text):
            for number in re.findall(r"\bC(\d+)", CLAUSE.sub("", comment)):
                found["?", int(number)].add(path)  # of which op?
            for numbers, ops in CLAUSE.findall(comment):
                for number in re.findall(r"\d+", numbers):
                    for op in ops.split(", "):
                        found[op, int(number)].add(path)
    return found


def tested():
    found = collections.defaultdict(set)
    for path, text in texts("tests/**/*-invalid.mlir"):
        for case in text.split("// -----"):
            for op, number in CASE.findall(case):
                if "expected-error" in case:
                    found[op or "?", int(number)].add(path)
    return found


def main():
    spec, checks, tests = described(), checked(), tested()
    wrong = [f"{op} C{n}: no check carries it" for op, n in sorted(spec.keys() - checks.keys())]
    wrong += [f"{op} C{n}: no case violates it" for op, n in sorted(spec.keys() - tests.keys())]
    for what, found in (("check", checks), ("case", tests)):
        wrong += [f"{op} C{n}: a {what} in {', '.join(sorted(found[op, n]))}, and no description" for op, n in sorted(found.keys() - spec.keys())]
    print(f"{len(spec)} constraints", *wrong, sep="\n")
    return 1 if wrong or not spec else 0


if __name__ == "__main__":
    sys.exit(main())
