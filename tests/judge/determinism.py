#!/usr/bin/env python3
"""Trains, tests and predicts with many numbers of threads, in other folders and locales, with other instructions and addresses,
on fewer processors: all leave the same bytes. And compiles the same script in other folders, with a tlc that stands elsewhere:
the program, its object and what is explained are the same, and no folder of this machine is in them.

  determinism.py --tools BUILD/bin --work FOLDER [--seed S] [--count N] [--seconds T]

N is how many circumstances are tried of each program; without it those that were thought of, and none that is drawn.
"""
import hashlib, itertools, os, random, shutil, subprocess
from crashing import SCRIPTS, Judge, contents

judge = Judge(__doc__)
draw = random.Random(judge.options.seed)
RECORD = '{"image": ' + str([[(i * j) % 17 for j in range(8)] for i in range(8)]) + "}\n"
TUNABLES = ["-FMA,-AVX2,-FMA4", "-AVX2", "-FMA", "-AVX512F,-AVX512VL,-AVX512DQ", "-SSE4_2,-SSE4_1", "-ERMS,-AVX_Fast_Unaligned_Load"]


def locales():
    """Those of this machine, and one with a comma for the point where it can be made; names that are not there are tried too."""
    names = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    os.makedirs("locales", exist_ok=True)
    made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", "locales/de_DE.UTF-8"], capture_output=True).returncode in (0, 1)
    if not (made and os.path.isdir("locales/de_DE.UTF-8")):
        print("a locale with a comma: skipped, its source is not here")
        judge.add("skipped")
    return [{"LC_ALL": name} for name in names] + [{"LC_ALL": "de_DE.UTF-8", "LOCPATH": os.path.abspath("locales")}, {"LC_ALL": "tr_TR.UTF-8"}]


def circumstances():
    """(number of threads, words before the program, environment, folder): what was thought of, then drawn ones without end."""
    wrappers = [[], ["setarch", "-R"], ["nice", "-n", "19"], ["taskset", "-c", str(min(os.sched_getaffinity(0)))]]
    environments = [{"GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + each} for each in TUNABLES] + locales() + \
        [{"TZ": "Asia/Kolkata", "HOME": "/nowhere"}, {"GLIBC_TUNABLES": "glibc.malloc.perturb=165"}, {"FILLER": "x" * 100003}]
    folders = [".", "else where", "d/e/e/p", "ünïcode"]
    cases = [(threads, [], {}, ".") for threads in (1, 2, 3, 4)] + [(1, [], {}, ".")]  # once more
    cases += [(draw.randint(1, 4), wrapper, {}, draw.choice(folders)) for wrapper in wrappers[1:]]
    cases += [(draw.randint(1, 4), draw.choice(wrappers), environment, draw.choice(folders)) for environment in environments]
    drawn = ((draw.randint(1, 8), draw.choice(wrappers), draw.choice(environments), draw.choice(folders)) for _ in itertools.count())
    return itertools.islice(itertools.chain(cases, drawn), judge.options.count or len(cases))


def digest(program, threads, wrapper, environment, folder):
    """Of what a run leaves, what its tests say, and what it predicts; and the same, file by file: none where it failed."""
    os.makedirs(folder, exist_ok=True)
    shutil.rmtree(f"{folder}/run", ignore_errors=True)
    said = []
    for arguments in (["--out", "run", "--checkpoint-every", "9", "--log-every", "3"], ["test", "--run", "run"], ["predict", "--run", "run"]):
        done = subprocess.run(wrapper + [program] + arguments + ["--threads", str(threads)], env=dict(os.environ, **environment), cwd=folder,
                              input=RECORD * 2, capture_output=True, text=True)
        if done.returncode:
            return f"ended with {done.returncode}: {done.stderr[-300:]}", {}
        said.append(done.stdout)
    left = contents(f"{folder}/run")
    left["said"] = "".join(said).encode()
    hashed = hashlib.sha256()
    for name in sorted(left):
        hashed.update(name.encode() + b"\0" + left[name] + b"\0")
    return hashed.hexdigest(), left


def runs():
    for name in SCRIPTS:
        program, first, expected = os.path.abspath(f"here/{name}"), None, {}
        for case in circumstances():
            if judge.isOver():
                return
            judge.add("circumstances")
            got, left = digest(program, *case)
            if not left:
                judge.failed("failures", f"{name} {case}", got, f"{case[3]}/run")
                continue
            first, expected = first or got, expected or left
            if got != first:
                wrong = [each for each in expected.keys() | left.keys() if expected.get(each) != left.get(each)]
                judge.failed("differing", f"{name} {case}", f"{got[:400]}, not {first}: {wrong}", f"{case[3]}/run")


def compiled(tlc, folder, name, isWhole, wrapper, environment):
    """{what was made: its bytes}, made beside the script."""
    def tell(*arguments):
        return subprocess.run(wrapper + [tlc, *arguments], env=dict(os.environ, **environment), cwd=folder, capture_output=True, check=True)
    made = {"explain": tell("explain", f"{name}.tl").stdout}
    tell("build", f"{name}.tl", "-o", name)
    if isWhole:
        tell("--emit=object", f"{name}.tl", "-o", f"{name}.o")
    for file in (name, f"{name}.o") if isWhole else (name,):
        with open(f"{folder}/{file}", "rb") as f:
            made[file] = f.read()
    return made


def compilations():
    prefix = os.path.dirname(os.path.dirname(judge.tlc))
    moved = os.path.abspath("moved/to/another/place")
    for part in ("lib", "libexec", "share"):
        shutil.copytree(f"{prefix}/{part}", f"{moved}/{part}", dirs_exist_ok=True)
    os.makedirs(f"{moved}/bin", exist_ok=True)
    shutil.copy2(judge.tlc, f"{moved}/bin/tlc")
    one = str(min(os.sched_getaffinity(0)))
    cases = [(judge.tlc, "here", [], {}), (f"{moved}/bin/tlc", "a/deeper/folder of it", ["setarch", "-R"], {"FILLER": "x" * 100003}),
             (judge.tlc, "there", ["taskset", "-c", one], {"LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata", "HOME": "/nowhere"})]
    for name, source in SCRIPTS.items():
        expected, isWhole = None, name == "small"
        for tlc, folder, wrapper, environment in cases if isWhole else cases[:2]:
            os.makedirs(folder, exist_ok=True)
            shutil.copy(source, f"{folder}/{name}.tl")
            made = compiled(tlc, folder, name, isWhole, wrapper, environment)
            expected = expected or made
            judge.add("compilations")
            for what, text in made.items():
                if text != expected[what] or not text:
                    judge.failed("differing", f"{name} compiled in {folder}", f"{what} differs from that in here")
                for place in (judge.work, moved, prefix, os.path.expanduser("~") + "/", os.path.dirname(source), "/usr/lib/llvm"):
                    if place.encode() in text:
                        judge.failed("failures", f"{name} compiled in {folder}", f"{what} holds `{place}`")


compilations()
runs()
judge.leave("differing", "failures")
