#!/usr/bin/env python3
"""Holds a soak's file of counting.py, begun at seed 10, against what such slices count: soaked.py FOLDER"""
import json, sys

with open(sys.argv[1] + "/soak.json") as f:
    state = json.load(f)
parts = state["parts"].values()
slices = sum(part["slices"] for part in parts)
wanted = {"next seed": 10 + slices, "cases": 2 * slices, "seeds added up": sum(range(10, 10 + slices)),
          "failures": sum(part["failed"] for part in parts)}
got = {"next seed": state["seed"]} | {name: sum(part["counts"][name] for part in parts) for name in list(wanted)[1:]}
print(got)
sys.exit(got != wanted or slices == 0 or any(part["failed"] != len(part["failed seeds"]) for part in parts))
