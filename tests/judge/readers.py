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

# Memory that was given back may be used again at once: the quarantine costs a tenth to a fifth of the time.
ASAN = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
READERS = ["idx", "csv", "cifar", "lines", "gzip", "safetensors", "checkpoint"]
LONGEST = {"csv": 7 * [256] + [1024], "lines": 7 * [256] + [1024], "checkpoint": 7 * [512] + [1536]}  # bytes of an input, of equal shares; a large file repeats a piece of one


def fuzz(options, name, count, seeds, *flags, environment={}):
    """Runs one fuzzer on the inputs in `seeds` and what it makes of them; (executions, whether it found something)."""
    failures, inputs = os.path.join(options.work, "failures", ""), seeds + ".list"
    os.makedirs(failures, exist_ok=True)
    with open(inputs, "w") as f:  # as files and not as a folder, which it would write to
        f.write(",".join(sorted(os.path.join(seeds, each) for each in os.listdir(seeds))))
    words = os.path.join(FUZZ, "dictionaries", name + ".dict")
    command = [os.path.join(options.tools, "tl-fuzz-" + name), f"-seed={options.seed}", f"-runs={count}", "-print_final_stats=1", "-entropic=0",
               "-seed_inputs=@" + inputs, "-timeout=10", "-rss_limit_mb=2048", "-detect_leaks=0", f"-artifact_prefix={failures}{name}-{options.seed}-", f"-max_total_time={options.seconds}", *flags]
    command += ["-dict=" + words] if os.path.exists(words) else []
    done = subprocess.run(command, env={**os.environ, "ASAN_OPTIONS": ASAN, **environment}, text=True, errors="replace", capture_output=True)
    executed = re.search(r"^stat::number_of_executed_units: *(\d+)", done.stderr, re.M)
    if done.returncode != 0:
        print(f"tl-fuzz-{name} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return int(executed.group(1)) if executed else 0, done.returncode != 0


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
    start = os.path.join(options.work, "seeds")
    shutil.rmtree(start, ignore_errors=True)
    seeds.write(start)
    counts, crashes = {}, 0
    for name in READERS:
        counts[f"{name} executions"] = 0
        shares = LONGEST.get(name, [1024])
        for length in sorted(set(shares)):
            count = options.count * shares.count(length) // len(shares)
            executed, isFound = fuzz(options, name, count, os.path.join(start, name), f"-max_len={length}")
            counts[f"{name} executions"] += executed
            crashes += isFound
    print("counts " + json.dumps({**counts, "crashes": crashes}))
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
