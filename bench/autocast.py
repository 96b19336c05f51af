#!/usr/bin/env python3
"""Runs a script of PyTorch's with products in bf16, as autocasting has it: autocast.py SCRIPT [ARGUMENTS…]"""
import runpy, sys
import torch

sys.argv = sys.argv[1:]
with torch.autocast("cpu", dtype=torch.bfloat16):
    runpy.run_path(sys.argv[0], run_name="__main__")
