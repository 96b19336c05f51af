#!/usr/bin/env python3
"""Fails when a line of compiler/support/Diagnostics.def is raised by no test: none of the .tl files that announce their
messages (`tlc check --verify`), and no CHECK line names it as messages do, `[script-missing TL0400]`.

  every_diagnostic.py TLC
"""
import glob, json, os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "docs"))
import make_errors


def main(tlc):
    raised = set()
    for path in glob.glob(os.path.join(ROOT, "tests/**/*.t*"), recursive=True):
        if not path.endswith((".tl", ".test")):
            continue
        text = open(path).read()
        raised.update(re.findall(r"CHECK.*\[[a-z-]+ (TL\d{4})", text))
        if "tlc check --verify %s" in text:
            said = json.loads(subprocess.run([tlc, "check", "--json", path], stdout=subprocess.PIPE, text=True).stdout)
            raised.update(message["code"] for message in said)
    missing = [f"{name} TL{code:04d}" for code, name, *_ in sorted(make_errors.entries()) if f"TL{code:04d}" not in raised]
    print(f"{len(raised)} kinds of messages are tested" + "".join(f"\nno test raises {each}" for each in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
