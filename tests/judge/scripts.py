#!/usr/bin/env python3
"""Gives the front end scripts that nobody would write. Each is read and checked to the end, and every mistake said to be at a
place that exists: scripts and pieces of scripts changed token by token, texts made by the rules of the grammar, both by
libFuzzer in one process; and, by the compiler itself, scripts that ask for as much work as they can in 10 kB.

  scripts.py --tools BIN --work FOLDER [--seed 1] [--count 100000] [--seconds T]
"""
import glob, json, os, re, resource, shutil, signal, subprocess, sys

from readers import FUZZ, ROOT, arguments, fuzz
sys.path.insert(0, os.path.join(ROOT, "tests/fixtures"))
import data, grammar_texts, heavy_scripts

SHARES = {"scripts": (0.01, 10240), "short pieces": (0.84, 256), "pieces": (0.13, 2048), "grammar": (0.02, 10240)}  # of all inputs, and their most bytes
SECONDS, MEGABYTES = 2.0, 500  # what any script of 10 kB may cost


def write_seeds(folder):
    """FOLDER/scripts: every sound script of ours; FOLDER/pieces: the declarations of each."""
    for kind in ("scripts", "pieces"):
        os.makedirs(os.path.join(folder, kind))
    pieces = set()
    for pattern in ("examples/**/*.tl", "tests/**/*.tl", "stdlib/**/*.tl"):
        for path in sorted(glob.glob(os.path.join(ROOT, pattern), recursive=True)):
            with open(path) as f:
                text = f.read()
            if len(text) <= 10240:
                with open(os.path.join(folder, "scripts", re.sub(r"\W+", "-", os.path.relpath(path, ROOT))), "w") as f:
                    f.write(text)
            pieces.update(piece for piece in re.split(r"\n(?=[a-z])", re.sub(r"#[^\n]*", "", text)) if 10 < len(piece) < 600)
    for number, piece in enumerate(sorted(pieces)):
        with open(os.path.join(folder, "pieces", str(number)), "w") as f:
            f.write(piece)


def heavy(options, folder):
    """How many of the heavy scripts were not answered in time, in memory, or with exit code 0 or 1."""
    path, bad = os.path.join(folder, "heavy.tl"), 0
    environment = {**os.environ, "TL_DATA": folder}
    for name, text in heavy_scripts.SCRIPTS.items():
        assert len(text) <= 10240, name
        with open(path, "w") as f:
            f.write(text)
        limit = lambda: (resource.setrlimit(resource.RLIMIT_CPU, (10, 10)), signal.alarm(100))  # and one that waits for ever
        with open(os.path.join(folder, "said"), "w") as said:
            process = subprocess.Popen([os.path.join(options.tools, "tlc"), "check", path], env=environment, stdout=said, stderr=said, preexec_fn=limit)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds, megabytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024  # not wall time: the machine may be busy
        if process.returncode not in (0, 1) or seconds > SECONDS or megabytes > MEGABYTES:
            bad += 1
            shutil.copy(path, os.path.join(options.work, "failures", "heavy-" + name.replace(" ", "-") + ".tl"))
            print(f"{name}: exit code {process.returncode}, {seconds:.1f} s, {megabytes:.0f} MB")
    return bad


def main():
    options = arguments(100_000, __doc__)
    options.work = os.path.abspath(options.work)
    folder, seeds = os.path.join(options.work, "data"), os.path.join(options.work, "seeds")
    for used in (folder, seeds):
        shutil.rmtree(used, ignore_errors=True)
    data.main(folder)
    shutil.copytree(os.path.join(ROOT, "tests/sema/Inputs"), os.path.join(folder, "Inputs"))
    write_seeds(seeds)
    grammar_texts.write(os.path.join(seeds, "grammar"), options.seed, int(options.count * SHARES["grammar"][0]))
    environment, counts, crashes = {"TL_STDLIB": os.path.join(ROOT, "stdlib"), "TL_DATA": folder}, {}, 0
    for kind, (share, longest) in SHARES.items():
        start = os.path.join(seeds, kind.split()[-1])
        executed, isFound = fuzz(options, "script", round(options.count * share), start, longest, options.seed, environment=environment)
        counts[f"front-end inputs from {kind}"] = executed
        crashes += isFound
    counts["heavy scripts"] = len(heavy_scripts.SCRIPTS)
    crashes += heavy(options, folder)
    print("counts " + json.dumps({**counts, "crashes": crashes}))
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
