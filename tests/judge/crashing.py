"""What the crash tests share: programs and data made once, runs disturbed by faultline.c, and what a run leaves."""
import argparse, json, os, re, shutil, subprocess, sys, time

tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.append(f"{tests}/fixtures")
from runs import clockless
SCRIPTS = {"small": f"{tests}/run/inputs/small.tl", "rich": f"{tests}/judge/inputs/rich.tl"}
REPORTS = ("report.html", "plan.json", "pictures.json")  # what a run can do without
CLOCKED = ("timing.jsonl", "summary.json", "settings.json") + REPORTS  # what may know the time, the machine or the command line


class Judge:
    """One part of the judge: its command line, its figures, its failing cases."""

    def __init__(self, doc, **more):
        parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--tools", required=True, help="the folder of tlc")
        parser.add_argument("--work", required=True, help="where runs and failing cases are kept")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--count", type=int, default=0)
        parser.add_argument("--seconds", type=float, default=1e9)
        self.options = options = parser.parse_args()
        self.work, self.end = os.path.abspath(options.work), time.monotonic() + options.seconds
        self.tlc = os.path.join(os.path.abspath(options.tools), "tlc")
        self.counts = {}
        os.makedirs(self.work, exist_ok=True)
        os.chdir(self.work)
        subprocess.run([sys.executable, f"{tests}/fixtures/data.py", "data"], check=True)
        os.environ["TL_DATA"] = os.path.join(self.work, "data")
        for kept in ("XDG_CACHE_HOME", "TERM"):
            os.environ.setdefault(kept, self.work)

    def build(self, name, script=None):
        subprocess.run([self.tlc, "build", script or SCRIPTS[name], "-o", name], check=True)
        return os.path.join(self.work, name)

    def buildFaultline(self):
        self.shim = os.path.join(self.work, "faultline.so")
        subprocess.run(["clang-22", "-shared", "-fPIC", "-O1", f"{tests}/judge/faultline.c", "-o", self.shim], check=True)

    def add(self, name, number=1):
        self.counts[name] = self.counts.get(name, 0) + number

    def failed(self, kind, case, text, folder=None):
        """Counts a failure and keeps what is needed to see it again."""
        self.add(kind)
        print(f"{kind}: seed {self.options.seed}, {case}: {text}", file=sys.stderr, flush=True)
        place = os.path.join(self.work, "failures", f"{self.options.seed}-{re.sub('[^A-Za-z0-9.]+', '-', str(case))[:80]}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, "case.txt"), "w") as f:
            f.write(f"seed {self.options.seed}, {case}\n{text}\n")
        if folder and os.path.isdir(folder):
            shutil.copytree(folder, os.path.join(place, "run"), dirs_exist_ok=True)

    def isOver(self):
        return time.monotonic() > self.end

    def leave(self, *bad):
        for name in bad:
            self.counts.setdefault(name, 0)
        print("counts " + json.dumps(self.counts))
        sys.exit(1 if any(self.counts[name] for name in bad) else 0)

    def run(self, program, arguments, fault=None, at=0, again=0, log=None, delay=None, send=None, before=None, **more):
        """Runs a program disturbed by faultline; with `delay`, sends the signal `send` after so many seconds."""
        environment = dict(os.environ, LD_PRELOAD=self.shim)
        for key, value in (("FAULT", fault), ("FAULT_AT", at), ("FAULT_AGAIN", again), ("FAULT_LOG", log)):
            if value:
                environment[key] = str(value)
        process = subprocess.Popen([program] + arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, errors="replace", preexec_fn=before, **more)
        if delay is not None:
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                process.send_signal(send)
        try:
            process.said, process.warned = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.said, process.warned = process.communicate()
            process.warned += "\nit hangs"
        return process

    def trained(self, name, program, flags):
        """What a run leaves, and what it said."""
        shutil.rmtree(name, ignore_errors=True)
        done = self.run(program, ["--out", name] + flags)
        assert done.returncode == 0, done.warned
        return contents(name), done.warned

    def same(self, case, expected, got):
        """Counts a run, and a failure where it left other files than another."""
        self.add("runs")
        if names := differing(expected, got):
            self.failed("differing", case, ", ".join(names))

    def calls(self, log):
        """[(call, path)] of a log, the first call first."""
        with open(log, errors="replace") as f:
            return [tuple(line.rstrip("\n").split(" ", 2)[1:]) for line in f]


def contents(run, without=CLOCKED):
    """{path within the run: bytes}"""
    found = {}
    for place, _, names in os.walk(run):
        for name in names:
            path = os.path.join(place, name)
            if name not in without:
                with open(path, "rb") as f:
                    found[os.path.relpath(path, run)] = clockless(f.read()) if "tfevents" in name else f.read()
    return found


def differing(expected, got, isLenient=False):
    """Names of files that differ, are missing or left over. A run that was stopped has saved at other steps: `isLenient`
    asks only that the last checkpoint of each stage is there, and that what both have is the same."""
    if not isLenient:
        return sorted(name for name in expected.keys() | got.keys() if expected.get(name) != got.get(name))
    last = {}
    for name in sorted(expected):
        if name.startswith("checkpoints/"):
            last[name.split("/")[1].rsplit("-", 1)[0]] = name.split("/")[1]
    needed = {name for name in expected if not name.startswith("checkpoints/") or name.split("/")[1] in last.values()}
    return sorted(name for name in expected if (name in needed or name in got) and expected[name] != got.get(name))


def kind(path):
    """A path without the numbers of its run: those of steps and processes."""
    return re.sub(r"\d+", "#", path)


def checkpoints(run):
    """{stage: names of its checkpoints, oldest first}"""
    found = {}
    folder = os.path.join(run, "checkpoints")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if match := re.fullmatch(r"(\w+)-(\d+)", name):
            found.setdefault(match[1], []).append(name)
    return found
