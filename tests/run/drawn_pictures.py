#!/usr/bin/env python3
"""Runs of tests/run/drawn_pictures.test.

  drawn_pictures.py same RUN OTHER           both left the same
  drawn_pictures.py measured DRAWN PLAIN     runs that learn nothing: of both the same values of val, and of DRAWN others of train in each epoch
"""
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import runs


def measured(drawn, plain):
    def values(run, name):
        with open(os.path.join(run, "metrics.jsonl")) as f:
            return [line[name] for line in map(json.loads, f) if name in line]
    vals, trains = [values(run, "val.loss") for run in (drawn, plain)], values(drawn, "train.loss")
    assert vals[0] == vals[1] and len(vals[0]) == 4, vals
    assert len(set(trains)) == len(trains) == 4, trains
    assert max(values(plain, "train.loss")) - min(values(plain, "train.loss")) < 1e-5 < max(trains) - min(trains)


{"same": runs.compare, "measured": measured}[sys.argv[1]](*sys.argv[2:])
