#!/usr/bin/env python3
"""Passes if the memory that a program said it needs is within a share of what it took, and is what `tlc explain` said of it.

  memory.py SHARE SAID [EXPLAINED]
"""
import re, sys

share, said = float(sys.argv[1]), open(sys.argv[2]).read()
needs = re.search(r"needs ([\d.]+) MiB of memory", said)[1]
predicted, peak = map(float, re.search(r"memory: ([\d.]+) MiB predicted, ([\d.]+) MiB at the peak", said).groups())
explain = re.search(r"peak memory ([\d.]+) MiB", open(sys.argv[3]).read())[1] if len(sys.argv) > 3 else needs
print(f"explained {explain}, asked for {needs}, taken {peak} MiB")
sys.exit(0 if explain == needs and float(needs) == predicted and abs(predicted / peak - 1) <= share else 1)
