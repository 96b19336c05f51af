#!/usr/bin/env python3
"""Declares a param of the name of each flag in runtime/program/CommandLine.cpp, and a stage of each command: all must be refused.

  program_names.py TLC WORK_FOLDER
"""
import json, os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main(tlc, folder):
    source = open(os.path.join(ROOT, "runtime/program/CommandLine.cpp")).read()
    flags = set(re.findall(r'^      \{"([a-z-]+)", "', source, re.M))
    commands = set(re.findall(r'names\.push_back\("([a-z_]+)"\)', source))
    assert {"seed", "max-steps", "rounds", "help"} <= flags and {"test", "bench"} <= commands, (flags, commands)
    script = os.path.join(folder, "names.tl")
    with open(script, "w") as f:
        f.write('use Inputs.flowers\ndata flowers { source train csv("Inputs/flowers.csv", label = "kind") }\n')
        f.writelines(f"param {flag.replace('-', '_')} = 1\n" for flag in sorted(flags))
        f.writelines(f"pretrain {command}: Sort on flowers {{ objective cross_entropy(label); optimizer SGD(0.1); batch 4; epochs 1 }}\n"
                     for command in sorted(commands))
    said = json.loads(subprocess.run([tlc, "check", "--json", script], stdout=subprocess.PIPE, text=True).stdout)
    refused = {each["line"] for each in said if each["name"] in ("param-flag", "stage-name")}
    left = [line for number, line in enumerate(open(script), 1) if number > 2 and number not in refused]
    print(f"{len(flags)} flags, {len(commands)} commands\n" + "".join("not refused: " + line for line in left))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
