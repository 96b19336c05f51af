#!/usr/bin/env python3
"""Compiles the examples of messages: every wrong one is reported under its code and no other, every right one passes.

  explained.py TLC WORK_FOLDER [CODE…]
"""
import json, os, re, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_errors, snippets


def prepare(folder):
    """Files that only examples name, besides those of the snippets."""
    snippets.prepare(folder)
    at = lambda name: os.path.join(folder, name)
    snippets.write_weights(at("counts.safetensors"), {"w": [16, 16], "b": [16]}, "I32")
    iris = open(at("iris.csv")).readlines()
    with open(at("stars.csv"), "w") as f:
        f.writelines(f"{row.split(',')[0]},{1 + i % 5}\n" for i, row in enumerate(iris))
    with open(at("iris-2.csv"), "w") as f:
        f.writelines(iris[:12])
    with open(at("iris-3.csv"), "w") as f:
        f.writelines("9" + row for row in iris[:12])
    with open(at("digits.tl"), "w") as f:
        f.write(snippets.whole(["with", "trained"], ""))


def commandOf(tlc, folder, name, place, lines):
    """The command that shows an example."""
    lines = re.sub(r"⟦(\d+) × (.*?)⟧", lambda m: int(m[1]) * m[2], lines) + "\n"
    if place == "command":
        return [tlc, *lines.split()[1:], "--json"]
    script = os.path.join(folder, name + ".tl")
    with open(script, "w") as f:
        f.write(snippets.whole(["with", place] if place else [], lines))
    if place == "used":
        with open(os.path.join(folder, "mine.tl"), "w") as f:
            f.write(lines)
    return [tlc, "check", "--json", script]


def said(tlc, folder, name, place, lines):
    """(kinds of messages, all of them as text)"""
    done = subprocess.run(commandOf(tlc, folder, name, place, lines), cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "TL_DATA": folder})
    messages = json.loads(done.stdout or "[]")
    return [(m["severity"], m["code"]) for m in messages], "\n".join(f"  {m['line']}: {m['code']} {m['message']}" for m in messages) + done.stderr


def main(tlc, folder, only):
    prepare(folder)
    examples, failed, tried, missing = make_errors.examples(), 0, 0, []
    unknown = set(examples) - {key for _, key, *_ in make_errors.kinds()}
    for number, key, name, severity, _ in sorted(make_errors.kinds()):
        code = f"TL{number:04d}"
        if key not in examples:
            missing.append(code)
        elif not only or code in only:
            place, wrong, right = examples[key]
            tried += 1
            kinds, text = said(tlc, folder, name + "-wrong", place, wrong)
            isRaised = (severity, code) in kinds and all(kind == code for sort, kind in kinds if sort == "error")
            if not isRaised:
                print(f"{code} {name}: the wrong example says\n{text}")
            kinds, text = said(tlc, folder, name + "-right", place, right)
            isClean = not any(sort == "error" or kind == code for sort, kind in kinds)
            if not isClean:
                print(f"{code} {name}: the right example says\n{text}")
            failed += not (isRaised and isClean)
    print(f"{tried} examples, {failed} failed; without one: {' '.join(missing) or 'none'}")
    for key in unknown:
        print(f"Examples.def: there is no message {key}")
    return 1 if failed or unknown or missing or not tried else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
