#!/usr/bin/env python3
"""Random programs: what is compiled computes what the script says. A generator makes valid scripts from seeds; each is run
by the reference interpreter and compiled, on 1, 2 and 3 threads and with optimisations switched off, and all losses,
metrics, gradients, variables and optimizer states are compared. How close is close: random_programs/trial.py.

  programs.py --tools BUILD/bin --work DIR --seed S --count N [--seconds T] [--without all|one] [--coverage] [--keep]

--without all     every optimisation off in turn for each program; `one` (the default): one for each, in rotation
A failing program is made smaller and left in DIR/failures/SEED/. The last line of the output is `counts {…}`.
"""
import argparse, json, os, re, shutil, sys, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from random_programs.scripts import Script
from random_programs.shrink import Shrinker, kindOf
from random_programs.trial import OPTIMISATIONS, Failure, Trial


def optimisationsOf(options, seed):
    return OPTIMISATIONS if options.without == "all" else [OPTIMISATIONS[seed % len(OPTIMISATIONS)]]


def save(options, script, failure):
    """A smaller program that fails in the same way, with its data and what was seen."""
    folder = os.path.join(options.work, "failures", str(script.seed))
    trial = Trial(options.tools, os.path.join(options.work, "smaller"), script)

    def fails(text, steps):
        trial.steps = steps
        trial.write(text, script.files)
        return kindOf(trial.check) or kindOf(lambda: trial.run(like=failure.kind))

    before = script.text()
    smaller, steps = Shrinker(fails, failure.kind, options.shrink_seconds).shrink(script.root, script.steps)
    trial.steps = steps
    trial.write(smaller, script.files)
    message = failure.message
    try:
        trial.run(like=failure.kind)
    except Failure as again:
        message = again.message
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    files = dict(script.files, **{"program.tl": smaller.encode(), "as-generated.tl": before.encode(),
                                  "message.txt": f"seed {script.seed}, {steps} steps\n{failure.kind}\n{message}\n".encode()})
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    print(f"seed {script.seed}: {message}\n{len(before.splitlines())} lines made {len(smaller.splitlines())}: {folder}/program.tl", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--shrink-seconds", type=float, default=180)
    parser.add_argument("--without", choices=["all", "one"], default="one")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    options.tools, options.work = os.path.abspath(options.tools), os.path.abspath(options.work)
    counts = {"random programs": 0, "compiled variants": 0, "values compared in programs": 0, "tensors": 0, "tensors hidden by rounding": 0, "excluded as unstable": 0, "refused": 0, "rejected": 0, "mismatches": 0}
    features, start = {}, time.time()
    for seed in range(options.seed, options.seed + options.count):
        if time.time() - start > options.seconds:
            break
        script = Script(seed)
        for name in script.features:
            features[name] = features.get(name, 0) + 1
        folder = os.path.join(options.work, str(seed))
        trial = Trial(options.tools, folder, script)
        trial.write(script.text(), script.files)
        try:
            trial.run(optimisationsOf(options, seed))
        except Failure as failure:
            isRejected = kindOf(trial.check) is not None
            # A script whose loss leaves a weight out is told so; rules that select nothing else are then refused rightly.
            errors = set(re.findall(r" error: .*\[([a-z-]+) TL\d+\]", failure.message))
            if re.search(r"`adapt [^`]*` has no effect: no phase of", failure.message):
                errors.discard("rule-without-effect")
            isRefused = isRejected and "[weight-untrained" in failure.message and errors <= {"nothing-trains", "rate-without-effect"}
            counts["refused" if isRefused else "rejected" if isRejected else "mismatches"] += 1
            if isRejected and not isRefused:
                print(f"seed {seed} is rejected: {failure.message}", flush=True)
            elif not isRejected:
                save(options, script, failure)
        counts["random programs"] += 1
        counts["compiled variants"] += trial.variants
        counts["values compared in programs"] += trial.compared
        counts["tensors"] += trial.tensors
        counts["tensors hidden by rounding"] += trial.hidden
        counts["excluded as unstable"] += trial.isUnstable
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(os.path.join(options.work, "smaller"), ignore_errors=True)
    if options.coverage:
        for name, number in sorted(features.items(), key=lambda item: -item[1]):
            print(f"{number:6} {name}")
    tooMany = counts["excluded as unstable"] + counts["refused"] > max(3, 0.03 * counts["random programs"])
    if tooMany:
        print("more than 3 % of the programs cannot be judged")
    if counts["tensors hidden by rounding"] > max(10, 0.02 * counts["tensors"]):
        print("more than 2 % of the tensors are hidden by rounding")
        tooMany = True
    print("counts " + json.dumps(counts))
    return 1 if counts["mismatches"] or counts["rejected"] or tooMany or not counts["random programs"] else 0


if __name__ == "__main__":
    sys.exit(main())
