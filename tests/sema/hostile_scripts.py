#!/usr/bin/env python3
"""Changes tokens of sound scripts at random and checks what is left: `tlc check` must answer each time, soon, with exit
code 0 or 1, and say where in the file every mistake is.

  hostile_scripts.py TLC WORK_FOLDER [--seconds 25] [--seed 1] [--keep]
"""
import argparse, glob, os, random, re, shutil, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/fixtures"))
import data

TOKEN = re.compile(r"[ \t]+|\n|#[^\n]*|\"[^\"\n]*\"|@?\w+(?:\.\d+)?|\|>|<-|->|\.\.|[=!<>]=|.", re.S)
STRANGE = ["0", "-1", "1e308", "1e400", "99999999999999999999", "2^40", "0.5", "nan", "\x00", "\xff", "é", "\"", "[" * 300, "(" * 90,
           "-" * 500, "..", "none", "train", "test", "val", "label", "@bias", ":Linear", "**", "over", "if", "else", "fn(x) { x }",
           "as [b]", "[1, 2, 3]", "|> sum", "from", "$", "\t", "\r", "1000000 *", "x[:, none]", "iota(5)", "random_uniform([3])"]
TIME_LIMIT = 2.0  # seconds a script may take; the machine may be busy, so a slow one is tried again


def scripts():
    for folder in ("examples", "tests/sema", "tests/run", "tests/corridor", "tests/syntax", "stdlib/**"):
        yield from sorted(glob.glob(os.path.join(ROOT, folder, "*.tl")))


def mutated(random, texts):
    tokens = TOKEN.findall(random.choice(texts))
    words = [i for i, token in enumerate(tokens) if not token.isspace() and token[0] != "#"]
    for _ in range(random.choice([1, 1, 1, 2, 3, 8])):
        at = random.choice(words)
        kind = random.randrange(7)
        if kind == 0:
            tokens[at] = ""
        elif kind == 1:
            tokens[at] += " " + tokens[at]
        elif kind == 2:
            other = random.choice(words)
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = tokens[random.choice(words)]
        elif kind == 4:
            tokens[at] = random.choice(STRANGE)
        elif kind == 5:
            tokens[at] += " " + random.choice(STRANGE) + " "
        else:
            end = at + random.randrange(1, 30)
            tokens[at] = "".join(tokens[at:end]) * random.choice([0, 2, 2])
            tokens[at + 1 : end] = [""] * len(tokens[at + 1 : end])
    text = "".join(tokens)
    return text[: random.randrange(len(text))] if random.random() < 0.03 and text else text


def complaint(done, seconds, texts):
    """What is wrong with an answer, "" where nothing is."""
    if done.returncode not in (0, 1):
        return f"exit code {done.returncode}"
    if seconds > TIME_LIMIT:
        return f"took {seconds:.1f} s"
    messages = re.findall(r"^(\S+?):(\d+):(\d+): (error|warning|note): ", done.stderr, re.M)
    hasError = any(kind == "error" for *_, kind in messages)
    if hasError != (done.returncode == 1):
        return f"exit code {done.returncode}, and {'an' if hasError else 'no'} error said"
    for name, line, column, kind in messages:
        if name not in texts:
            texts[name] = open(name, "rb").read().split(b"\n")
        lines = texts[name]
        if not (1 <= int(line) <= len(lines) and 1 <= int(column) <= len(lines[int(line) - 1]) + 1):
            return f"{name}:{line}:{column} lies outside the file"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tlc")
    parser.add_argument("folder")
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="go on after a finding, and keep every one")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    data.main(options.folder)
    shutil.copytree(os.path.join(ROOT, "tests/sema/Inputs"), os.path.join(options.folder, "Inputs"), dirs_exist_ok=True)
    texts = [open(path).read() for path in scripts()]
    environment = {**os.environ, "TL_DATA": options.folder}
    chance = random.Random(options.seed)
    script = os.path.join(options.folder, "hostile.tl")
    until, count, found = time.monotonic() + options.seconds, 0, 0
    while time.monotonic() < until:
        text = mutated(chance, texts)
        with open(script, "w", errors="surrogateescape") as f:
            f.write(text)
        for attempt in range(3):
            start = time.monotonic()
            try:
                done = subprocess.run([options.tlc, "check", script], cwd=options.folder, env=environment, text=True, errors="replace",
                                      capture_output=True, timeout=20)
            except subprocess.TimeoutExpired:
                done = subprocess.CompletedProcess([], -1, "", "took more than 20 s")
            seconds = time.monotonic() - start
            if seconds <= TIME_LIMIT:
                break
        count += 1
        problem = complaint(done, seconds, {})
        if problem:
            found += 1
            kept = os.path.join(options.folder, f"found-{options.seed}-{count}.tl")
            shutil.copy(script, kept)
            print(f"{kept}: {problem}\n{done.stderr[-1500:]}")
            if not options.keep:
                return 1
    print(f"{count} scripts, {found} findings")
    return 1 if found or count < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
