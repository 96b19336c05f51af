#!/usr/bin/env python3
"""Feeds every reader of files with made-up files: nothing but a named error may leave it, and what it allocates is bounded
by the file's size. libFuzzer makes the files (tests/fuzz/).

  readers.py --tools BIN --work FOLDER [--seed 1] [--count 1000000] [--seconds T]      count, seconds: of each reader
"""
import argparse, json, os, re, shutil, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FUZZ = os.path.join(ROOT, "tests/fuzz")
sys.path.insert(0, FUZZ)
import seeds

# Memory that was given back may be used again at once: to keep it for a while costs a tenth to a fifth of the time. A use
# after that is for the last eighth of each reader's files to find.
HASTY = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
READERS = ["idx", "csv", "cifar", "images", "lines", "texts", "gzip", "safetensors", "torch", "numpy", "vectors", "checkpoint", "tokenizer"]
LONGEST = {"csv": (256, 1024), "lines": (256, 1024), "texts": (256, 1024), "checkpoint": (512, 1536), "images": (2048, 4096)}  # bytes of an input, in the last eighth too; a large file repeats a piece of one


def fuzz(options, name, count, seeds, longest, seed, asan=HASTY, environment={}):
    """Runs one fuzzer on the inputs in `seeds` and what it makes of them; (executions, whether it found something, or ended
    before its time)."""
    failures, inputs = os.path.join(options.work, "failures", ""), seeds + ".list"
    os.makedirs(failures, exist_ok=True)
    with open(inputs, "w") as f:  # as files and not as a folder, which it would write to
        f.write(",".join(sorted(os.path.join(seeds, each) for each in os.listdir(seeds))))
    words = os.path.join(FUZZ, "dictionaries", name + ".dict")
    command = [os.path.join(options.tools, "tl-fuzz-" + name), f"-seed={seed}", f"-runs={count}", f"-max_len={longest}", "-print_final_stats=1", "-entropic=0",
               "-seed_inputs=@" + inputs, "-timeout=10", "-rss_limit_mb=2048", "-detect_leaks=0", f"-artifact_prefix={failures}{name}-{seed}-", f"-max_total_time={options.seconds}"]
    command += ["-dict=" + words] if os.path.exists(words) else []
    done = subprocess.run(command, env={**os.environ, "ASAN_OPTIONS": asan, **environment}, text=True, errors="replace", capture_output=True)
    said = re.search(r"^stat::number_of_executed_units: *(\d+)", done.stderr, re.M)
    executed = int(said.group(1)) if said else 0
    isBad = done.returncode != 0 or executed < (1 if options.seconds else count)
    if isBad:
        print(f"tl-fuzz-{name} ended with {done.returncode} after {executed} of {count}:\n{done.stderr[-3000:]}")
    return executed, isBad


def arguments(count, description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tools", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seconds", type=int, default=0, help="0: no limit")
    return parser.parse_args()


def main():
    options = arguments(1_000_000, __doc__)
    made = os.path.join(options.work, "seeds")
    shutil.rmtree(made, ignore_errors=True)
    seeds.write(made)
    counts, crashes = {}, 0
    for name in READERS:
        counts[f"{name} executions"] = 0
        most, longest = LONGEST.get(name, (1024, 1024))
        start, last = os.path.join(made, name), options.count // 8
        for run in ((options.count - last, start, most, options.seed), (last, start, longest, options.seed + (1 << 20), "")):
            executed, isFound = fuzz(options, name, *run)
            counts[f"{name} executions"] += executed
            crashes += isFound
    print("counts " + json.dumps({**counts, "crashes": crashes}))
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
