#!/usr/bin/env python3
"""Passes if the memory that a program said it needs is what `tlc explain` said, and within a share of what it took.

  memory.py SHARE SAID EXPLAINED
"""
import re, sys

share, said, explained = float(sys.argv[1]), open(sys.argv[2]).read(), open(sys.argv[3]).read()
needs = re.search(r"needs ([\d.]+) MiB of memory", said)[1]
predicted, peak = map(float, re.search(r"memory: ([\d.]+) MiB predicted, ([\d.]+) MiB at the peak", said).groups())
explain = re.search(r"peak memory ([\d.]+) MiB", explained)[1]
print(f"explained {explain}, asked for {needs}, taken {peak} MiB")
sys.exit(0 if explain == needs and float(needs) == predicted and abs(predicted / peak - 1) <= share else 1)
