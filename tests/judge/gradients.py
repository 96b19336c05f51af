"""Checks the derivative of every op of the dialect on random cases, then compiled gradients against the interpreter.

usage: gradients.py --tools BUILD_BIN_FOLDER --work FOLDER --seed S --count N [--seconds T]

N cases in double: the rule, interpreted before and after the algebra of the calculus, against central differences of the
function; and N / 5 functions whose gradients are compiled in f32, against the interpreter. Every failing case is saved under
FOLDER/failures with its seed. The last line says `counts {json}`.
"""
import argparse
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=1e9)
    given = parser.parse_args()
    return subprocess.run([
        f"{given.tools}/tl-gradients", "--seed", str(given.seed), "--count", str(given.count),
        "--compiled", str(max(1, given.count // 5)), "--seconds", str(given.seconds),
        "--failures", f"{given.work}/failures"]).returncode


if __name__ == "__main__":
    sys.exit(main())
