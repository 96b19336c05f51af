#!/usr/bin/env python3
"""Kills training programs with SIGKILL at every kind of call of the save protocol and at random moments, five times a run and more;
stops them with SIGTERM and SIGINT; damages the newest checkpoint as a loss of power would. What they leave in the end is
compared, byte for byte, with an uninterrupted run: every checkpoint, the metrics, the events.

  kills.py --tools BUILD/bin --work FOLDER [--seed S] [--count N] [--seconds T]

N is how many runs are killed; without it there is one for every kind of call that touches a run's folder.
"""
import json, os, random, shutil, signal
from crashing import Judge, checkpoints, contents, differing, kind

judge = Judge(__doc__)
judge.buildFaultline()
draw = random.Random(judge.options.seed)
KILLS, ROUNDS = 5, 60  # about six rounds of ten kill: a tear needs a write at its call, and a run may be through before
WAYS = [("small", ["--checkpoint-every", "7"]), ("rich", []), ("rich", ["--checkpoint-every", "4", "--log-every", "2"])]
programs = {name: judge.build(name) for name in ("small", "rich")}


class Way:
    """A program with flags, and what it leaves where nothing disturbs it."""

    def __init__(self, name, flags):
        self.name, self.program, self.flags = " ".join([name] + flags), programs[name], flags
        whole = judge.run(self.program, self.start("whole"), log="calls.txt")
        assert whole.returncode == 0, whole.warned
        self.expected = contents("whole")
        self.calls = judge.calls("calls.txt")

    def start(self, run):
        shutil.rmtree(run, ignore_errors=True)
        return ["--out", run, "--threads", "1"] + self.flags

    def go(self, run, **fault):
        """Starts a run or goes on with it."""
        there = os.path.exists(f"{run}/settings.json")
        resume = [f"--resume={run}", "--threads", str(draw.randint(1, 2))] + [f for f in self.flags if "every" in f or f.isdigit()]
        return judge.run(self.program, resume if there else self.start(run), **fault)


ways = [Way(*way) for way in WAYS]


def compare(way, case, run, isLenient=False):
    if names := differing(way.expected, contents(run), isLenient):
        judge.failed("differing", case, f"{way.name}: " + ", ".join(names), run)


def finish(way, case, run, isLenient=False):
    done = way.go(run)
    if done.returncode:
        return judge.failed("failures", case, f"{way.name}: ended with {done.returncode}: {done.warned[-600:]}", run)
    compare(way, case, run, isLenient)


def killAgain(way, run):
    """One kill more: at a random call, torn, or after a random time. False where the run was through before."""
    if draw.random() < 0.7:
        done = way.go(run, fault=draw.choice(["kill", "tear"]), at=draw.randint(1, max(20, len(way.calls) // KILLS)))
    else:
        done = way.go(run, delay=draw.uniform(0.002, 0.03), send=signal.SIGKILL)
    if done.returncode not in (0, -signal.SIGKILL):
        judge.failed("failures", f"a kill of {way.name}", f"ended with {done.returncode}: {done.warned[-600:]}", run)
    return done.returncode == -signal.SIGKILL


def story(way, at, fault):
    """A run killed at one call, then four times more before it may finish."""
    case, run, kills, rounds = f"{way.name} {fault} at call {at} ({' '.join(way.calls[at - 1])})", "killed", 1, 0
    first = judge.run(way.program, way.start(run), fault=fault, at=at)
    if first.returncode != -signal.SIGKILL:
        judge.failed("failures", case, f"ended with {first.returncode}: {first.warned[-600:]}")
    while kills < KILLS and rounds < ROUNDS:
        rounds += 1
        if killAgain(way, run):
            kills += 1
        else:  # through too early: compared, and once more from the start
            compare(way, case, run)
            way.start(run)
    judge.add("kills", kills)
    if kills < KILLS:
        judge.failed("failures", case, f"killed {kills} times only, in {rounds} rounds")
    finish(way, case, run)


def points():
    """One call of every kind (the call, the file without its numbers) that a run makes in its folder, and how to die there."""
    found = {}
    for way in ways:
        for i, (call, path) in enumerate(way.calls):
            if path.startswith("whole") and call not in ("stat", "fstat", "read", "readdir", "close"):
                found.setdefault((call, kind(path)), []).append((way, i + 1))
    return [(*draw.choice(places), fault) for (call, _), places in sorted(found.items(), key=lambda item: item[0])
            for fault in (("kill", "tear") if call == "write" else ("kill",))]


def stopped(way, number):
    """SIGTERM or SIGINT at a random call: saved, said, and gone on from to the same bits. A second one ends it at once."""
    name, run, at = draw.choice(["term", "int"]), "stopped", draw.randint(1, len(way.calls))
    again = draw.randint(1, 60) if number % 3 == 0 else 0
    case = f"{way.name} {name} at call {at}" + (f", again {again} calls later" if again else "")
    judge.add("signals", 2 if again else 1)
    way.start(run)
    done = way.go(run, fault=name, at=at, again=again, log="calls.txt")
    code = 143 if name == "term" else 130
    made = len(judge.calls("calls.txt"))
    if again and made > at + again:
        judge.failed("failures", case, f"{made - at - again} calls after the second signal: {done.warned[-600:]}", run)
    elif done.returncode not in ((0, code, 143) if again else (0, code)):
        judge.failed("failures", case, f"ended with {done.returncode}: {done.warned[-600:]}", run)
    elif done.returncode == code and not again and f"saved; go on with `--resume={run}`" not in done.warned:
        judge.failed("failures", case, f"does not say that it saved: {done.warned[-600:]}", run)
    finish(way, case, run, isLenient=True)


def damage(folder):
    """Does to a checkpoint what a loss of power does where a disk lies; says what it did."""
    name = draw.choice(sorted(os.listdir(folder)))
    path = os.path.join(folder, name)
    with open(path, "rb") as f:
        old = f.read()
    how = draw.choice(["truncated", "emptied", "flipped", "zeroed", "removed", "all emptied"])
    place = draw.randrange(len(old))
    new = {"truncated": old[:place], "zeroed": old[:place] + bytes(len(old) - place),
           "flipped": old[:place] + bytes([old[place] ^ 1 << draw.randrange(8)]) + old[place + 1:]}.get(how, b"")
    if new == old or isSame(new, old):
        return damage(folder)
    for each in os.listdir(folder) if how == "all emptied" else [name]:
        with open(os.path.join(folder, each), "wb") as f:
            f.write(new)
    if how == "removed":
        os.remove(path)
    return f"{name} {how} at {place}"


def isSame(new, old):
    """A changed digit may read as the same number."""
    try:
        return json.loads(new) == json.loads(old)
    except ValueError:
        return False


def torn(way):
    """Killed, then the newest checkpoint damaged: the one before it is used, and that is said; without one, nothing is lost."""
    run, at = "torn", draw.randint(len(way.calls) // 10, int(1.2 * len(way.calls)))
    way.start(run)
    way.go(run, fault="kill", at=at)
    found = checkpoints(run)
    stages = [stage for stage in ("ae", "probe", "cls") if stage in found]
    if not stages:
        return
    judge.add("damaged checkpoints")
    names = found[stages[-1]]
    folder = f"{run}/checkpoints/{names[-1]}"
    case = f"{way.name} killed at call {at}, {names[-1]}/" + damage(folder)
    before = contents(run, ())
    done = way.go(run)
    said = f"`{folder}/" in done.warned
    if len(names) > 1:
        if done.returncode or not said or "going on from the checkpoint before it" not in done.warned:
            return judge.failed("failures", case, f"ended with {done.returncode}: {done.warned[-900:]}", run)
        return compare(way, case, run)
    after = contents(run, ())
    lost = [name for name in before if ".tmp-" not in name and after.get(name) != before[name]]
    if done.returncode != 3 or not said or lost:
        judge.failed("failures", case, f"ended with {done.returncode}, changed {lost}: {done.warned[-900:]}", run)
    shutil.rmtree(folder)  # the way out that the message names
    finish(way, case, run)


every = points()
draw.shuffle(every)
stories = every if judge.options.count == 0 else [every[i % len(every)] for i in range(judge.options.count)]
judge.add("save points", len(every))
for number, point in enumerate(stories):
    if judge.isOver():
        break
    judge.add("killed runs")
    story(*point)
    way = draw.choice(ways)
    if number % 3 == 0:
        torn(way)
    elif number % 3 == 1:
        stopped(way, number)
judge.leave("differing", "failures")
