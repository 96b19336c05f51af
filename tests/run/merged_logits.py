#!/usr/bin/env python3
"""What a model with an adapter says, the model without says of the weights that the adapter was merged into: logits within 1e-5.

  merged_logits.py TLC FOLDER      where steps_adapters.tl ran as ./steps into run/
"""
import json, os, subprocess, sys

PLAIN = """use std.nn, std.text
data reviews {
  source train lines("reviews.tsv", text = 0, label = 1, length = 8)
  text = pieces(text, "tiny")
}
model Judge {
  enc  = pretrained("tiny")
  head = Linear(enc.d, 2)
  forward(ids: tokens[b, t]) -> f32[b, 2] { head(mean_pool(enc(ids), ids)) }
}
model Merged {
  whole = Judge() from "%s-merged.safetensors"
  forward(ids: tokens[b, t]) -> f32[b, 2] { whole(ids) }
}
fn logits(y: f32[b, k]) -> f32[b, k] { y }
load merged: Merged on reviews { }
deploy merged.last { says(text) -> logits }
"""

tlc, folder = sys.argv[1:]
os.chdir(folder)
with open("reviews.tsv") as f:
    asked = "".join(json.dumps(line.split("\t")[0]) + "\n" for line in f)


def run(*command, given=None):
    return subprocess.run(command, input=given, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def logits(*command):
    return [number for line in run(*command, given=asked).splitlines() for number in json.loads(line)["logits"]]


for kind in ("lora", "rslora", "dora", "ia3"):
    run("./steps", "export", f"{kind}.last", f"{kind}-merged.safetensors", "--merged", "--run", "run")
    with open("plain.tl", "w") as f:
        f.write(PLAIN % kind)
    run(tlc, "build", "plain.tl", "-o", "plain")
    run("./plain", "--out", f"{kind}-run")
    adapted, merged, base = logits("./steps", f"{kind}_says", "--run", "run"), logits("./plain", "says", "--run", f"{kind}-run"), logits("./steps", "base_says", "--run", "run")
    apart = max(abs(a - b) for a, b in zip(adapted, merged, strict=True))
    assert apart <= 1e-5, f"{kind}: merged logits are {apart:.1e} from those beside the adapter"
    assert max(abs(a - b) for a, b in zip(adapted, base, strict=True)) > 1e-2, f"{kind}: the adapter changed nothing"
