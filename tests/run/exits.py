#!/usr/bin/env python3
"""Runs a command and passes only if it ends with the exit code given; its messages go on to standard output.

  exits.py CODE COMMAND…
"""
import subprocess, sys

done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(done.stdout, end="")
if done.returncode != int(sys.argv[1]):
    sys.exit(f"ended with {done.returncode}, not {sys.argv[1]}")
