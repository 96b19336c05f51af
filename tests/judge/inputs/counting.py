#!/usr/bin/env python3
"""Stands in for a part of the judge: counts two cases a slice, and fails where it is told to."""
import argparse, json, os, sys

parser = argparse.ArgumentParser()
for name in ("tools", "work", "seed"):
    parser.add_argument("--" + name)
parser.add_argument("--fails", action="store_true")
options = parser.parse_args()
if options.fails:
    with open(os.path.join(options.work, "case.txt"), "w") as f:
        f.write("the failing case\n")
print("counts", json.dumps({"cases": 2, "seeds added up": int(options.seed), "failures": int(options.fails)}))
sys.exit(options.fails)
