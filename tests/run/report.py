#!/usr/bin/env python3
"""Reads a report as a browser does, and holds it against what the run has recorded. Only the standard library is needed.

  report.py texts FOLDER              writes data whose classes and words look like tags
  report.py page RUN                  the page of one run
  report.py shown RUN PROGRAM         the page of inputs/shown.tl; what its program answers is drawn
  report.py several FILE RUN RUN…     the page of several
"""
import base64, html.parser, json, math, os, re, struct, subprocess, sys, zlib

VOID = {"meta", "img", "link", "br", "input", "hr"}
ELEMENTS = set("""html head meta title style body h1 h2 h3 h4 p dl dt dd section div span i b figure figcaption svg path rect text g circle
table tr th td data details summary pre img""".split())


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.open, self.values, self.texts, self.images, self.figures, self.said = [], [], {}, [], [], ""
        with open(path, encoding="utf-8") as f:
            source = f.read()
        assert source.startswith("<!DOCTYPE html>"), source[:80]
        for foreign in "http:", "https:", "//cdn", "@import", "url(", "<script", "javascript:":
            assert foreign not in source, foreign
        self.feed(source)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, name, attributes):
        assert name in ELEMENTS, name
        for key, value in attributes:
            assert not key.startswith("on") and key not in ("href", "action", "srcdoc"), (name, key)
            if key == "src":
                assert value.startswith("data:image/png;base64,"), value[:40]
                self.images.append(base64.b64decode(value.split(",")[1]))
            if name == "data" and key == "value":
                self.values.append(value)
        if name not in VOID:
            self.open.append(name)
            self.texts.setdefault(name, []).append("")

    def handle_endtag(self, name):
        assert self.open and self.open[-1] == name, f"</{name}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        self.said += data
        if self.open:
            self.texts[self.open[-1]][-1] += data


def lines(run, name):
    with open(os.path.join(run, name)) as f:
        return [json.loads(line) for line in f]


def load(run, name):
    path = os.path.join(run, name)
    with open(path) as f:
        return json.load(f)


def numbers(value):
    """All numbers in a value, but those that number records and classes, and points of curves."""
    if isinstance(value, dict):
        return [each for key, inner in value.items() if key not in ("record", "label", "answered", "points") for each in numbers(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in numbers(inner)]
    return [value] if isinstance(value, (int, float)) else []


def holds(page, expected, of):
    """Every number is there, to its last digit."""
    found = {float(value) for value in page.values}
    for value in expected:
        assert float(value) in found, f"{value} of {of} is not in the page"


def pixels(png):
    """(width, height, rows) of a PNG whose rows are not filtered."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, {}
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        body = png[at + 8:at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + body), kind
        chunks[kind], at = body, at + 12 + length
    width, height, bits, colour = struct.unpack_from(">IIBB", chunks[b"IHDR"])
    rows, stride = zlib.decompress(chunks[b"IDAT"]), 1 + width * (3 if colour == 2 else 1)
    assert bits == 8 and len(rows) == stride * height
    return width, height, b"".join(rows[y * stride + 1:(y + 1) * stride] for y in range(height))


def curves(page, run):
    """Points that are shown one by one say their step and value: they are those of metrics.jsonl, and none is missing."""
    said, bestSaid = set(), set()
    for title in page.texts["title"]:
        if point := re.fullmatch(r"(\S+) (\S+) at step ([\d,]+)(, the best so far)?", title):
            step = int(point[3].replace(",", ""))
            said.add((point[1], float(point[2]), step))
            if point[4]:
                bestSaid.add(step)
    recorded = {(name, value, line["step"]) for line in lines(run, "metrics.jsonl") for name, value in line.items()
                if "." in name and name != "step.loss" and isinstance(value, float) and math.isfinite(value)}
    assert said == recorded, said ^ recorded
    best = {line["step"] for line in lines(run, "metrics.jsonl") if line.get("best")}
    assert bestSaid == best, (bestSaid, best)


def measuredCurves(page, tests):
    """Each point of a test's curve that is one says both of its numbers."""
    points = [point for measures in tests.values() for value in measures.values() if isinstance(value, dict) and "points" in value for point in value["points"] if None not in point]
    said = {tuple(map(float, title.split(", "))) for title in page.texts["title"] if re.fullmatch(r"[-\d.e]+, [-\d.e]+", title)}
    assert said == set(map(tuple, points)), said ^ set(map(tuple, points))


def foretold(run):
    """Of each phase that has several epochs, what the first of them says of all; it is known when that is over."""
    planned = {(stage, phase["name"]): phase["epochs"] for stage, plan in load(run, "plan.json")["stages"].items() for phase in plan["phases"]}
    first = {(line["stage"], line["phase"]): line["seconds"] + line["evaluation"] for line in lines(run, "timing.jsonl") if line.get("epoch") == 1}
    return [seconds * planned[phase] for phase, seconds in first.items() if planned[phase] > 1]


def checkPage(run):
    page = Page(os.path.join(run, "report.html"))
    summary, settings = load(run, "summary.json"), load(run, "settings.json")
    curves(page, run)
    assert "foretold after the first epoch" in page.texts["th"]
    holds(page, foretold(run), "the times that are foretold")
    holds(page, numbers(summary["tests"]), "the tests")
    measuredCurves(page, summary["tests"])
    last = {(line["stage"], name): value for line in lines(run, "metrics.jsonl") for name, value in line.items() if "." in name}
    holds(page, last.values(), "the curves")
    timing = [line for line in lines(run, "timing.jsonl")]
    holds(page, [max(line[name] for line in timing if name in line) for name in ("predicted_bytes", "peak_bytes")], "memory")
    spent = {}
    for line in timing:
        if "seconds" in line:
            key = line["stage"], line["phase"]
            spent[key] = spent.get(key, 0) + line["seconds"]
    holds(page, spent.values(), "time")
    with open(os.path.join(run, "source.tl")) as f:
        assert f.read() in page.texts["pre"], "the script is not there as it is"
    assert page.texts["h1"] == [f"{settings['program']} in {run}"], page.texts["h1"]
    for name, value in settings["params"].items():
        assert name in page.texts["dt"] and str(value) in page.texts["dd"], (name, value)
    listed = [record for test in summary["tests"].values() for value in test.values() if isinstance(value, dict) for record in value.get("records", [])]
    assert listed
    for record in listed:
        for key, value in record.items():
            assert not isinstance(value, str) or value in page.said, (key, value)
            assert not isinstance(value, int) or key == "record" or str(value) in page.texts["td"], (key, value)
    return page, listed


def checkRecords(run, page, listed):
    """Pictures of digits, or texts."""
    if os.path.exists("t10k-images-idx3-ubyte") and run in ("run", "parts"):
        with open("t10k-images-idx3-ubyte", "rb") as f:
            images = f.read()[16:]
        assert len(page.images) == len(listed)
        for record, png in zip(listed, page.images):
            assert pixels(png) == (8, 8, images[record["record"] * 64:][:64]), record
    else:
        assert any("<b>" in str(record.values()) for record in listed), listed
        assert all(record["text"].startswith("word") and record["text"].endswith('</i> & "more"') for record in listed), listed


def narrow(value):
    """The float32 that a decimal is read as."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def drawn(page, run, program, records):
    """What is drawn is what the program answers when it is asked, by the same numbers of records; beside it stands what it was asked with."""
    images = iter(page.images)
    for name, about in load(run, "summary.json")["drawn"].items():
        asked = [record["record"] for record in about["asked"]]
        given = [{"image": records[number][0]} if name.endswith("restore") else {"label": records[number][1]} for number in asked]
        answers = subprocess.run([program, name.split()[1], "--run", run], input="\n".join(map(json.dumps, given)), capture_output=True, text=True, check=True)
        answers = [json.loads(answer) for answer in answers.stdout.splitlines()]
        assert len(asked) == 8 and asked == sorted(asked) and len(answers) == 8, asked
        assert name in page.texts["h3"] and all(str(number) in page.texts["th"] for number in asked)
        if "label" in given[0]:
            assert all(record["label"] == records[record["record"]][1] and str(record["label"]) in page.texts["td"] for record in about["asked"])
        else:
            assert [pixels(next(images)) for _ in asked] == [(8, 8, bytes(sum(records[number][0], []))) for number in asked], name
        for output in about["outputs"]:
            values = [[narrow(cell[0]) for row in answer[output["output"]] for cell in row] for answer in answers]
            low, high = min(map(min, values)), max(map(max, values))
            black, white = (0, 1) if 0 <= low and high <= 1 else (low, high)
            assert (output["of"], output["black"], output["white"]) == ("digits.val", black, white), output
            assert ((black, white) == (0, 1)) == (output["output"] != "raised"), output
            for picture in values:
                got = pixels(next(images))
                expected = [255 * (value - black) / (white - black) for value in picture]
                assert got[:2] == (8, 8) and all(abs(byte - value) <= 0.5 + 1e-9 for byte, value in zip(got[2], expected)), (name, output)
            if (black, white) != (0, 1):
                holds(page, (black, white), "what is black and white")
    assert not list(images)


def checkShown(run, program):
    (page, _), summary = checkPage(run), load(run, "summary.json")
    assert list(summary["drawn"]) == ["vae.last restore", "vae.last draw"], summary["drawn"]
    with open("train-images-idx3-ubyte", "rb") as images, open("train-labels-idx1-ubyte", "rb") as labels:
        images, labels = images.read()[16:], labels.read()[8:]
    records = [([list(images[i * 64 + y * 8:][:8]) for y in range(8)], label) for i, label in enumerate(labels)]
    listed = len(summary["tests"]["cls.best on digits.test"]["wrong_records(most = 4)"]["records"])
    assert listed == 4
    page.images = page.images[listed:]  # those of wrong records come first
    drawn(page, run, os.path.abspath(program), records)
    # Texts as they were written, from what they were given on.
    (texts,) = summary["samples"].values()
    assert len(texts) == 3 and all(text["given"] in page.texts["b"] and text["given"] + text["written"] in page.said for text in texts), texts
    # Trials, each with its settings; folds, each with its figures.
    trials = [title for title in page.texts["title"] if title.startswith("trial ")]
    assert len(trials) == len(summary["tune"]["cls"]["trials"]) == 5 and summary["tune"]["cls"]["script"] in page.said, trials
    holds(page, [trial["value"] for trial in summary["tune"]["cls"]["trials"]], "the trials")
    assert [len(measure["values"]) for measure in summary["folds"]["vae"]["measures"]] == [2, 2] and "held out" in page.texts["th"]
    holds(page, numbers(summary["folds"]["vae"]["measures"]), "the folds")


def several(file, runs):
    page = Page(file)
    settings = [load(run, "settings.json") for run in runs]
    assert page.texts["h1"] == [f"{len(runs)} runs"]
    for run, own in zip(runs, settings):
        holds(page, numbers(load(run, "summary.json")), run)
        assert any(run == text for text in page.texts["span"]), run
        for value in own["params"].values():
            assert str(value) in page.texts["td"], value
    assert "seed" in page.texts["th"] and "log-every" in page.texts["th"] and "smoke" not in page.texts["th"]


if __name__ != "__main__":
    pass
elif sys.argv[1] == "texts":
    os.chdir(sys.argv[2])
    rows = [(f"word{i} <i>w{i % 3}</i> & \"more\"", ["<b>bad</b>", "good & 'fine'"][i % 2]) for i in range(12)]
    for name, some in ("train.tsv", rows), ("test.tsv", rows[:5]), ("notes.tsv", rows + rows):
        with open(name, "w") as f:
            f.writelines(f"{text}\t{label}\n" for text, label in some)
elif sys.argv[1] == "page":
    checkRecords(sys.argv[2], *checkPage(sys.argv[2]))
elif sys.argv[1] == "shown":
    checkShown(*sys.argv[2:])
else:
    several(sys.argv[2], sys.argv[3:])
