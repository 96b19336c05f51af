#!/usr/bin/env python3
"""Compares the vectors of `SentenceEncoder` with those of PyPI's `sentence-transformers`, for each pooling, of texts that are longer than it reads among them.

  sentences_peer.py TLC FOLDER
"""
import json, os, subprocess, sys
import numpy
from sentence_transformers import SentenceTransformer

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
import sentences

TEXTS = ["a good film, not great.", "dull", "very poorly, very poorly dull and it was not a good film"]
SCRIPT = """use std.nn, std.optim, std.text
data reviews {
  source train lines("reviews.tsv", text = 0, label = 1)
  text = pieces(text, "FOLDER", length = 10)
}
model Net {
  enc = SentenceEncoder("FOLDER")
  forward(ids: tokens[b, t]) -> f32[b, 8] { enc(ids) }
}
fn vector(y: f32[b, d]) -> f32[b, d] { y }
load net: Net on reviews { }
deploy net.last { say(text) -> vector }
"""

tlc, folder = sys.argv[1:]
os.chdir(folder)


def run(*command, **more):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def apart(name):
    with open("net.tl", "w") as f:
        f.write(SCRIPT.replace("FOLDER", name))
    run(tlc, "build", "net.tl")
    run("./net", "--out", f"{name}-run")
    said = run("./net", "say", "--run", f"{name}-run", input="".join(json.dumps(text) + "\n" for text in TEXTS))
    ours = numpy.array([json.loads(line)["vector"] for line in said.splitlines()])
    run("./net", "export", "net.last", "--huggingface", f"{name}-back", "--run", f"{name}-run")
    return max(float(abs(ours - SentenceTransformer(each).encode(TEXTS)).max()) for each in (name, f"{name}-back"))


failed = 0
for pooling in ("cls_token", "mean_tokens", "max_tokens", "lasttoken"):
    for norm in (False, True):
        old, new = f"{pooling}-{norm}-old", f"{pooling}-{norm}-new"
        sentences.main(old, f'pooling={{"word_embedding_dimension": 8, "pooling_mode_{pooling}": true}}', f"norm={json.dumps(norm)}", 'limits={"max_seq_length": 10}')
        SentenceTransformer(old).save(new)
        figures = apart(old), apart(new)
        failed += max(figures) > 2e-6
        print(f"{pooling}{', of length 1' * norm}: {figures[0]:.1e} and {figures[1]:.1e} apart")
sys.exit(failed > 0)
