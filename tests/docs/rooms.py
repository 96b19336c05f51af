#!/usr/bin/env python3
"""Who includes whom in compiler/: a room includes rooms that stand before it in compiler/CMakeLists.txt, and those of *check* by
the doors that README.md names. In runtime/ the same, by the order of its CMakeLists.txt; and who adds an offset to an address there:
`memory::Arena` alone."""
import pathlib, re, sys

root = pathlib.Path(__file__).resolve().parent.parent.parent
order = re.findall(r"^tl_add_room\((\w+)\)", (root / "compiler/CMakeLists.txt").read_text(), re.M)
doors = {room: set(re.findall(r"`(\w+\.h)`", cell))
         for room, cell in re.findall(r"^\| `compiler/(\w+)/` \|[^|]*\|([^|]*)\|$", (root / "README.md").read_text(), re.M)}
anywhere = {"compiler/syntax/Ast.h"}  # what a message points at is a place of the tree

problems, folders = [], {path.parent.name for path in root.glob("compiler/*/CMakeLists.txt")}
if folders != set(order):
    problems.append(f"compiler/CMakeLists.txt has {sorted(order)}, the folders are {sorted(folders)}")
if not doors:
    problems.append("README.md names no door")
for path in sorted([*root.glob("compiler/*/*.cpp"), *root.glob("compiler/*/*.h"), *root.glob("tests/**/*.cpp"), *root.glob("tests/**/*.h")]):
    mine = path.parent.name if path.parent.parent == root / "compiler" else None
    for header, room, name in re.findall(r'^#include "(compiler/(\w+)/([\w.]+))"', path.read_text(), re.M):
        if room == mine or header in anywhere:
            continue
        where = f"{path.relative_to(root)} includes {header}"
        if room not in order or (mine and order.index(room) > order.index(mine)):
            problems.append(f"{where}, which is no room before its own")
        if room in doors and name not in doors[room]:
            problems.append(f"{where}, which is no door: {', '.join(sorted(doors[room]))}")
order = re.search(r"^set\(rooms ([\w ]+)\)", (root / "runtime/CMakeLists.txt").read_text(), re.M)[1].split()
for path in sorted([*root.glob("runtime/*/*.cpp"), *root.glob("runtime/*/*.h")]):
    for header, room in re.findall(r'^#include "(runtime/(\w+)/[\w.]+)"', path.read_text(), re.M):
        if order.index(room) > order.index(path.parent.name):
            problems.append(f"{path.relative_to(root)} includes {header}, which is no room before its own")
    if path.parent.name not in ("memory", "io"):
        for line in re.findall(r".*\+=? [\w.>\[\]()*-]+(?:\.|->)offset\b.*", path.read_text()):
            problems.append(f"{path.relative_to(root)} looks for a tensor itself, where memory::Arena does: {line.strip()}")
print("\n".join(problems) or "every room includes what it may")
sys.exit(bool(problems))
