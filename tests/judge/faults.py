#!/usr/bin/env python3
"""Lets every call that a program makes on a file fail: a full disk, a failing disk, short reads and writes, interrupts; when a
run starts, logs, saves, goes on, tests and predicts. A fault is either invisible, and the bytes are the same, or it is named
with the file and the system's words, the exit code is 3, nothing false is said, and the run goes on to the same bytes.

  faults.py --tools BUILD/bin --work FOLDER [--seed S] [--count N] [--seconds T]

N is how many calls fail, drawn by chance; without it every one does.
"""
import errno, glob, gzip, os, random, re, resource, shutil, signal, subprocess, sys
from crashing import Judge, contents, differing, kind

judge = Judge(__doc__)
judge.buildFaultline()
draw = random.Random(judge.options.seed)
# One file packed, so that both ways of reading are met; the program has both in its facts.
for path in glob.glob("data/train-images-idx3-ubyte"):
    with open(path, "rb") as f, gzip.GzipFile(path + ".gz", "wb", mtime=0) as packed:
        packed.write(f.read())
    os.remove(path)
small = judge.build("small")
FLAGS = ["--threads", "1", "--log-every", "1", "--checkpoint-every", "2"]
TRAIN = [small, "--out", "run", "--max-steps", "3"] + FLAGS
RESUME = [small, "--resume=run"] + [FLAGS[0], FLAGS[1], FLAGS[4], FLAGS[5]]
RECORD = '{"image": ' + str([[(i * j) % 17 for j in range(8)] for i in range(8)]) + "}\n"
MUST = ("create", "write", "mkdir", "fsync", "ftruncate", "rename")  # fail no run unseen
FULL = MUST + ("renameat2", "close")


class Command:
    """What is disturbed: a command line, the run that it starts from, and what it leaves and says undisturbed."""

    def __init__(self, name, arguments, before=None, takes=None):
        self.name, self.arguments, self.before, self.takes = name, arguments, before, takes
        done = self.go(log="calls.txt")
        assert done.returncode == 0, done.warned
        self.calls, self.said, self.expected = judge.calls("calls.txt"), done.said, contents("run")

    def go(self, **fault):
        shutil.rmtree("run", ignore_errors=True)
        if self.before:
            shutil.copytree(self.before, "run")
        if self.takes is None:
            return judge.run(self.arguments[0], self.arguments[1:], **fault)
        with open(self.takes) as records:
            return judge.run(self.arguments[0], self.arguments[1:], stdin=records, **fault)


def differs(command):
    return differing(command.expected, contents("run"))


def names(message, path):
    """Whether a message names the file of a call, or the folder that it was about."""
    if path in ("<stdin>", "<stdout>"):
        return {"<stdin>": "standard input", "<stdout>": "standard output"}[path] in message
    path, files = kind(path), [kind(named).rstrip("/") for named in re.findall("`([^`]+)`", message)]
    return any(path.startswith(named) or named.startswith(path) for named in files)


def falseClaim(message):
    """A checkpoint that a message counts on and that is not there."""
    for path in re.findall(r"newest checkpoint, `([^`]+)`", message):
        if not os.path.exists(f"{path}/state.json"):
            return path
    return "saved" if ", saved;" in message else None


def judgeFault(command, case, done, words, path):
    """One disturbed run. `words` and `path` are what a message has to name."""
    def failed(text, kind="failures"):
        judge.failed(kind, f"{command.name}, {case}", f"{text}; ended with {done.returncode}: {done.warned[-700:]}", "run")

    if done.returncode == 0:
        isReport = names(done.warned.partition("note: the report is not complete: cannot ")[2], path)
        if not isReport and case.split(" ")[-2] in MUST and path.startswith("run"):
            return failed("a write that failed is not told")
        if wrong := differs(command):
            return failed("differing: " + ", ".join(wrong), "differing")
        if done.said != command.said and path != "<stdout>":
            return failed("it says something else")
        return
    if done.returncode != 3 or "error: " not in done.warned:
        return failed("no named error")
    message = done.warned[done.warned.index("error: "):]
    if not any(word in message for word in words) or not names(message, path):
        return failed(f"names not `{path}` and {' or '.join(words)}")
    if claim := falseClaim(done.warned):
        return failed(f"claims that `{claim}` is there")
    goOn(command, case)


def goOn(command, case):
    """Without the fault, the run ends with the same bytes."""
    isTraining = command.arguments in (TRAIN, RESUME)
    arguments = RESUME if os.path.exists("run/settings.json") else TRAIN
    if isTraining:
        done = judge.run(arguments[0], arguments[1:])
        if done.returncode:
            return judge.failed("failures", f"{command.name}, {case}", f"cannot go on: {done.warned[-700:]}", "run")
    if wrong := differs(command):
        judge.failed("differing", f"{command.name}, {case}", "differing afterwards: " + ", ".join(wrong), "run")


def everyCall(commands):
    """Each call once with each error."""
    points = [(command, at + 1, code) for command in commands for at, (call, path) in enumerate(command.calls)
              for code in ([errno.EIO, errno.ENOSPC] if call in FULL else [errno.EIO])]
    judge.add("I/O points", sum(len(command.calls) for command in commands))
    if judge.options.count:
        points = [draw.choice(points) for _ in range(judge.options.count)]
    for command, at, code in points:
        if judge.isOver():
            return
        call, path = command.calls[at - 1]
        judge.add("faults")
        done = command.go(fault=code, at=at)
        judgeFault(command, f"{errno.errorcode[code]} of call {at}, {call} {path}", done, [os.strerror(code)], path)


def invisible(commands):
    """All calls at once are interrupted, or take a part only: nobody sees it."""
    for command in commands:
        for fault in (errno.EINTR, "short"):
            judge.add("faults", len(command.calls))
            done = command.go(fault=fault)
            if done.returncode or done.said != command.said or differs(command):
                judge.failed("differing", f"{command.name}, all {fault}", f"ended with {done.returncode}: {done.warned[-700:]}", "run")


def limits(command):
    """A file may not grow over a limit, whichever file meets it."""
    for _ in range(12):
        limit = draw.randrange(1, 40000)
        judge.add("faults")
        done = command.go(before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        judgeFault(command, f"files up to {limit} bytes", done, [os.strerror(errno.EFBIG)], "run/")


def fullDisks(command):
    """File systems that are really full, or cannot be written at all."""
    shutil.rmtree("disk", ignore_errors=True)
    os.mkdir("disk")
    for size in (64, 128, 192, 256, 384):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", "disk"], capture_output=True).returncode:
            print("full tmpfs: skipped, mounting is not permitted")
            judge.add("skipped")
            return
        judge.add("faults")
        try:
            arguments = [word.replace("run", "disk/run") if "/" not in word else word for word in command.arguments[1:]]
            done = judge.run(command.arguments[0], arguments)
            subprocess.run(["mount", "-o", "remount,size=8m", "disk"], check=True)
            shutil.rmtree("run", ignore_errors=True)
            if os.path.exists("disk/run"):
                shutil.copytree("disk/run", "run")
            done.warned = done.warned.replace("disk/run", "run")
            judgeFault(command, f"disk of {size} KiB", done, [os.strerror(errno.ENOSPC)], "run/")
            subprocess.run(["mount", "-o", "remount,ro", "disk"], check=True)
            judge.add("faults")
            done = judge.run(small, ["--out", "disk/other"] + FLAGS)
            if done.returncode != 3 or not re.search("`disk/other`: " + os.strerror(errno.EROFS), done.warned):
                judge.failed("failures", "a disk for reading only", f"ended with {done.returncode}: {done.warned[-700:]}")
        finally:
            subprocess.run(["umount", "disk"], check=True)


def outputs(commands):
    """Results that cannot be written are an error; messages that cannot be are none."""
    for command in commands:
        shutil.rmtree("run", ignore_errors=True)
        if command.before:
            shutil.copytree(command.before, "run")
        for descriptor, code in ((2, 0), (1, 3)):
            judge.add("faults")
            with open("/dev/full", "w") as full, open(command.takes or "/dev/null") as records:
                if not command.before:
                    shutil.rmtree("run", ignore_errors=True)
                done = subprocess.run(command.arguments, stdin=records, stdout=full if descriptor == 1 else subprocess.PIPE,
                                      stderr=full if descriptor == 2 else subprocess.PIPE, text=True)
            if done.returncode != code or (code and "standard output: " + os.strerror(errno.ENOSPC) not in done.stderr):
                judge.failed("failures", f"{command.name}, /dev/full as {descriptor}", f"ended with {done.returncode}: {done.stderr}")


def vanished(train, half):
    """What a program counts on is taken away."""
    judge.add("faults", 3)
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"):
        shutil.rmtree("run", ignore_errors=True)
        shutil.copytree(half, "run")
        os.rename(f"data/{name}", "away")
        done = judge.run(RESUME[0], RESUME[1:])
        os.rename("away", f"data/{name}")
        if done.returncode != 3 or f"cannot find the data file `{name.removesuffix('.gz')}`" not in done.warned or \
                differing(contents(half), contents("run")):
            judge.failed("failures", f"without {name}", f"ended with {done.returncode}: {done.warned[-700:]}", "run")
    saves = [at + 1 for at, (call, path) in enumerate(train.calls) if call == "mkdir" and ".tmp-" in path]
    shutil.rmtree("run", ignore_errors=True)
    environment = dict(os.environ, LD_PRELOAD=judge.shim, FAULT="stop", FAULT_AT=str(saves[2]))
    process = subprocess.Popen(train.arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.waitpid(process.pid, os.WUNTRACED)
    shutil.rmtree("run")
    process.send_signal(signal.SIGCONT)
    process.said, process.warned = process.communicate()
    if process.returncode != 3 or not re.search(r"cannot make the folder `run/checkpoints[^`]*`: " + os.strerror(errno.ENOENT), process.warned) \
            or falseClaim(process.warned) or os.path.exists("run"):
        judge.failed("failures", "the run's folder removed", f"ended with {process.returncode}: {process.warned[-700:]}")


train = Command("train", TRAIN)
shutil.copytree("run", "done", dirs_exist_ok=True)
shutil.rmtree("half", ignore_errors=True)
middle = [at + 1 for at, (call, path) in enumerate(train.calls) if call == "rename" and "/cls-" in path][2]
judge.run(TRAIN[0], TRAIN[1:], fault="kill", at=middle)  # within the second stage, with a save half done
shutil.copytree("run", "half")
with open("records.txt", "w") as f:
    f.write(RECORD * 3)
with open("record.json", "w") as f:
    f.write(RECORD)
commands = [train, Command("go on", RESUME, "half"), Command("test", [small, "test", "--run", "run", "--threads", "1"], "done"),
            Command("predict lines", [small, "predict", "--run", "run"], "done", "records.txt"),
            Command("predict a file", [small, "predict", "--run", "run", "image=@record.json"], "done")]
invisible(commands)
outputs(commands[:1] + commands[2:])
vanished(train, "half")
limits(train)
fullDisks(train)
everyCall(commands)
judge.leave("differing", "failures")
