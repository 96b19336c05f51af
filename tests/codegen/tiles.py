#!/usr/bin/env python3
"""The loops with ten or more multiply-adds, or products of pairs of bf16, or four or more of tile registers, of a disassembled object file (llvm-objdump --no-show-raw-insn, standard
input): how many, on which registers, and how many of a loop's instructions touch the stack."""
import re, sys

body, starts = [], {}
for line in sys.stdin:
    if re.match(r"[0-9a-f]+ <", line):
        body, starts = [], {}
    at = re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*)", line)
    if not at:
        continue
    name, operands = at.group(2), at.group(3)
    starts[int(at.group(1), 16)] = len(body)
    body.append((name, operands))
    jump = re.match(r"0x([0-9a-f]+)", operands) if name.startswith("j") else None
    start = starts.get(int(jump.group(1), 16)) if jump else None  # a jump back ends a loop
    loop = body[start:] if start is not None else []
    for prefix, what, least in ("vfmadd", "multiply-adds", 10), ("vdpbf16ps", "products of pairs", 10), ("tdpbf16ps", "products of pairs", 4):
        sums = [o for n, o in loop if n.startswith(prefix)]
        if len(sums) < least or any(n.startswith("j") for n, _ in loop[:-1]):
            continue
        registers = sorted({kind for o in sums for kind in re.findall("[txyz]mm", o)})
        print(f"{len(sums)} {what} of {' '.join(registers)}, {sum('(%rsp' in o for _, o in loop)} instructions on the stack")
