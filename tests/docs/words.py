#!/usr/bin/env python3
"""Fails where a word of the calculus, a line of Ops.def, is missing from a place that docs/adding-an-op.md lists and that neither the compiler nor a test of
its own would miss it in."""
import glob, os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINE = re.compile(r'^(ELEMENTWISE|OP)\((\w+), "(\w+)"', re.M)

# How scripts write what they do not call by name; a new word is called by its name.
WRITTEN = {"neg": "(-{", "not": "(not ", "cast": "to_float(", "add": " + ", "sub": " - ", "mul": " * ", "div": " / ", "and": " and ", "or": " or ", "eq": " == ", "ne": " != ",
           "lt": '"<"', "le": '"<="', "gt": '">"', "ge": '">="'}
# What has no error to measure: it is exact, or a truth value.
UNMEASURED = {"not", "stop_gradient", "cast", "and", "or", "eq", "ne", "lt", "le", "gt", "ge", "select"}


def text(*patterns):
    return "\n".join(open(path).read() for pattern in patterns for path in sorted(glob.glob(os.path.join(ROOT, pattern))))


def main():
    words = [(kind == "ELEMENTWISE", id, name) for kind, id, name in LINE.findall(text("compiler/calculus/Ops.def"))]
    elementwise = [(id, name) for isElementwise, id, name in words if isElementwise]
    builtins = re.search(r"^## Built-in functions\n(.*?)^## ", text("docs/language.md"), re.M | re.S)[1]
    wrong = []

    def need(place, content, forms):
        wrong.extend(f"{form}: missing from {place}" for form in forms if form not in content)

    def called(names):
        return [name for name in names if name not in WRITTEN]

    # An elementwise op prints as its class does.
    need("tests/ir/roundtrip.mlir", text("tests/ir/roundtrip.mlir"), [f"tl.{name} " for isElementwise, _, name in words if not isElementwise])
    need("docs/language.md, Built-in functions", re.sub(r"[`(]", " ", builtins) + " ", [f" {name} " for name in called(n for _, n in elementwise)])
    need("tests/judge/random_programs", text("tests/judge/random_programs/*.py"), [WRITTEN.get(name, name + "(") for _, name in elementwise])
    kernels = re.sub(r"\bm\.(\w)", lambda call: "Op::" + call[1].upper(), text("tests/kernels/ElementwiseTest.cpp"))  # m.pow(x, y) is m.op(Op::Pow, {x, y})
    need("tests/kernels/ElementwiseTest.cpp", kernels, [f"Op::{id}" for id, name in elementwise if name != "stop_gradient"])  # of which *differentiate* leaves none
    need("tests/accuracy/Words.cpp", text("tests/accuracy/Words.cpp"), [f"WORD({id}," for id, name in elementwise if name not in UNMEASURED])
    print(f"{len(words)} words, {len(elementwise)} elementwise", *wrong, sep="\n")
    return 1 if wrong or not elementwise else 0


if __name__ == "__main__":
    sys.exit(main())
