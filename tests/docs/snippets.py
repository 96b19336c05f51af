#!/usr/bin/env python3
"""Runs `tlc check` on every `tl` block of the documents: bare ones and `tl with NAME` must pass, `tl error NAME` must
fail with exactly that error.

  snippets.py TLC WORK_FOLDER DOCUMENT…
"""
import json, math, os, re, struct, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/fixtures"))
import data, pngs, published


def blocks(path):
    """(line, words after `tl`, text)"""
    text = open(path).read()
    for m in re.finditer(r"^```tl( [^\n]*)?\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, m.start()) + 1, (m[1] or "").split(), m[2]


def whole(words, text):
    """The file that a block stands for."""
    if words[:1] != ["with"]:
        return text
    preamble = open(os.path.join(ROOT, "docs/preambles", words[1] + ".tl")).read()
    return preamble.replace("# snippet\n", text)


def write_weights(path, shapes, dtype):
    """Tensors of four bytes an element, all zero."""
    header, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + bytes(end))


def prepare(folder):
    data.main(folder)
    pngs.main(folder, 4)
    published.main(os.path.join(folder, "all-MiniLM-L6-v2"), "places=64")
    published.main(os.path.join(folder, "judge"), "places=64", "head=2", 'id2label={"0": "good", "1": "bad"}')
    shapes = {"position": [20, 16]}
    for i in 1, 2:
        shapes |= {f"layers.{i}.weight": [16, 16], f"layers.{i}.bias": [16], f"layers.{i}.steps": [1]}
    write_weights(os.path.join(folder, "gate.safetensors"), shapes, "F32")
    with open(os.path.join(folder, "people.csv"), "w") as table:
        table.write("age;hours-per-week;job;town;pay\n" + "".join(f"{20 + i % 40};{'NA' if i % 9 == 0 else i % 60};job{i % 3};{'Ulm' if i % 2 else ''};{'high' if i % 5 else 'low'}\n" for i in range(64)))
    with open(os.path.join(folder, "load.csv"), "w") as table:
        table.write("load,heat\n" + "".join(f"{i % 24},{i % 7}.5\n" for i in range(200)))
    with open(os.path.join(folder, "input.txt")) as text, open(os.path.join(folder, "glove.txt"), "w") as f:
        f.write("".join(f"{word} 0.1 0.2 0.3\n" for word in sorted(set(text.read().lower().split()))))


def main(tlc, folder, documents):
    prepare(folder)
    failed = count = 0
    for document in documents:
        for line, words, text in blocks(document):
            script = os.path.join(folder, f"{os.path.basename(document)[:-3]}-{line}.tl")
            with open(script, "w") as f:
                f.write(whole(words, text))
            done = subprocess.run([tlc, "check", script], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env={**os.environ, "TL_DATA": folder})
            codes = sorted(set(re.findall(r": error: .*\[([a-z-]+)", done.stdout)))
            wanted = words[-1:] if "error" in words else []
            count += 1
            if done.returncode != (1 if wanted else 0) or codes != wanted:
                failed += 1
                print(f"{document}:{line}: expected {' '.join(wanted) or 'no errors'}, got exit {done.returncode}:\n{done.stdout}")
    print(f"{count} snippets, {failed} failed")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
