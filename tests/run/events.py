#!/usr/bin/env python3
"""Reads a run's event file as TensorBoard does and compares it with metrics.jsonl: the same values, stage after stage along one axis of
steps, at times of the clock; with the last checkpoints, how whose weights are spread; with the report, its pictures and texts; with a search, its
trials. Only the standard library is needed.

  events.py RUN BEGUN        BEGUN: a file that was written before the run began
"""
import glob, json, os, struct, sys, time
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import report
from tensors import tensors


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            size = 8 if key & 7 == 1 else 4
            value, at = struct.unpack("<d" if size == 8 else "<f", data[at:at + size])[0], at + size
        yield key >> 3, value


def events(path):
    data, at = open(path, "rb").read(), 0
    while at < len(data):
        length = struct.unpack_from("<Q", data, at)[0]
        body = data[at + 12:at + 12 + length]
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at:at + 8]), "CRC of a length"
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(body), "CRC of a record"
        at += 16 + length
        yield list(fields(body))


class Log:
    """What an event file has, each kind apart, by tag and step."""

    def __init__(self, run):
        found = list(events(glob.glob(os.path.join(run, "tb", "*tfevents*"))[0]))
        assert dict(found[0])[3] == b"brain.Event:2", found[0]
        self.times = [dict(event)[1] for event in found]
        self.steps, self.hparams, self.scalars, self.images, self.spreads, self.texts = [], [], {}, {}, {}, {}
        for event in map(dict, found[1:]):
            self.steps.append(event[2])
            for _, value in fields(event[5]):
                parts = dict(fields(value))
                self.take((parts[1].decode(), event[2]), parts)

    def take(self, key, parts):
        plugin = dict(fields(dict(fields(parts[9]))[1])) if 9 in parts else {1: b""}
        if plugin[1] == b"hparams":
            self.hparams.append((key[0], *next(fields(plugin[2]))))
            return
        kind = {2: self.scalars, 4: self.images, 5: self.spreads, 8: self.texts}[next(field for field in parts if field not in (1, 9))]
        assert key not in kind and (kind is self.texts) == (plugin[1] == b"text"), key
        kind[key] = parts[2] if kind is self.scalars else self.table(parts[8]) if kind is self.texts else list(fields(parts[4 if kind is self.images else 5]))

    @staticmethod
    def table(tensor):
        """Rows of texts, of a tensor of two axes."""
        shape, cells = [], []
        for key, value in fields(tensor):
            if key == 2:
                shape = [dict(fields(dim))[1] for _, dim in fields(value)]
            elif key == 8:
                cells.append(value.decode())
            else:
                assert (key, value) == (1, 7), (key, value)
        assert len(shape) == 2 and len(cells) == shape[0] * shape[1], shape
        return [cells[at:at + shape[1]] for at in range(0, len(cells), shape[1])]


def checkSession(run, about, ended):
    """Behind the header, for the dashboard that compares runs: the parameters, dims and the seed; in the end, how it ended."""
    settings = load(run, "settings.json")
    (name, field, session), *end = about
    entries = [dict(fields(entry)) for _, entry in fields(session)]
    assert (name, field) == ("_hparams_/session_start_info", 3), about
    got = {entry[1].decode(): dict(fields(entry[2]))[2] for entry in entries}
    assert got == {**settings["params"], **settings.get("dims", {}), "seed": settings["seed"]}, got
    assert end == [("_hparams_/session_end_info", 4, struct.pack("BB", 8, ended))], end


def load(run, name):
    return report.lines(run, name) if name.endswith("jsonl") else report.load(run, name)


def checkTrials(run, stage, search, last):
    """Each trial is a session with its settings, its curve, and the value that the search goes by."""
    trials = load(run, "summary.json")["tune"][stage]["trials"]
    measure = search.split(".")[1]
    for number, trial in enumerate(trials):
        folder = f"{run}/tune/{stage}/trial-{number:03}"
        log, name = Log(folder), f"{stage}/trial.{measure}"
        checkSession(folder, log.hparams, 1)
        assert log.scalars[name, trial["epochs"]] == narrow(trial["value"]), trial
        assert log.scalars[f"{stage}/{search}", max(step for tag, step in log.scalars if tag == f"{stage}/{search}")] is not None
        assert not log.spreads and not log.images and not log.texts
    assert trials


def checkSpread(tag, step, found, weight):
    """A histogram: bounds and sums of all numbers, in their order, and how many are in each of its buckets."""
    low, high, count, total, squares = [value for key, value in found if key < 6]
    limits, buckets = [[number for number, in struct.iter_unpack("<d", value)] for key, value in found if key >= 6]
    assert [key for key, _ in found] == [1, 2, 3, 4, 5, 6, 7] and len(limits) == len(buckets) == (30 if low < high else 1), tag
    assert sum(buckets) == count and limits == sorted(limits) and limits[0] >= low and limits[-1] == high, (tag, step)
    if weight is None:
        return
    assert (low, high, count) == (min(weight), max(weight), len(weight)), (tag, low, high, count)
    expected = [0, 0]
    for number in weight:
        expected = [expected[0] + number, expected[1] + number * number]
    assert [total, squares] == expected, (tag, total, squares, expected)
    # Between a bucket's edges, or at one of them, where a division rounds another way.
    for bucket, (left, right) in enumerate(zip([low] + limits, limits)):
        least = sum(left < number < right for number in weight)
        most = sum(left <= number <= right for number in weight)
        assert least <= buckets[bucket] <= most, (tag, bucket, buckets[bucket], least, most)


def checkSpreads(run, spreads, lines, before):
    """What a stage has trained, behind its epochs: in the end that of its last checkpoint. What a phase freezes is not shown in it."""
    ends = {line["stage"]: line["step"] for line in lines if line["event"] == "epoch"}
    for stage, end in ends.items():
        weights = tensors(f"{run}/checkpoints/{stage}-{end:09}/weights.safetensors")
        shown = {tag for tag, step in spreads if step == before[stage] + end and tag.startswith(stage + "/")}
        assert shown and shown <= {f"{stage}/{path}" for path in weights}, shown
        for tag in shown:
            checkSpread(tag, end, spreads[tag, before[stage] + end], weights[tag.split("/", 1)[1]])
        steps = {step - before[stage] for tag, step in spreads if tag.startswith(stage + "/")}
        assert steps <= {line["step"] for line in lines if line["event"] == "epoch" and line["stage"] == stage}, steps
    for (tag, step), found in spreads.items():
        checkSpread(tag, step, found, None)
    return ends


run = sys.argv[1]
log, settings, summary = Log(run), load(run, "settings.json"), load(run, "summary.json")
searches = summary.get("tune", {})
if searches:
    name, field, experiment = log.hparams.pop(0)
    infos = [(key, dict(fields(value))) for key, value in fields(experiment)]
    assert (name, field) == ("_hparams_/experiment", 2)
    tried = {info[1].decode(): info for key, info in infos if key == 4}
    assert set(tried) == {*settings["params"], *settings.get("dims", {}), "seed"} and all(info[4] == 3 for info in tried.values()), tried
    for stage, search in searches.items():
        for setting in search["settings"]:
            values = [dict(fields(value))[2] for _, value in fields(tried[setting["name"]].get(5, b""))]
            bounds = [value for _, value in fields(tried[setting["name"]].get(6, b""))]
            assert values == setting["values"] and bounds == ([] if values else [setting["low"], setting["high"]]), (setting, values, bounds)
    measures = [dict(fields(info[1]))[2].decode() for key, info in infos if key == 5]
    assert measures == [f"{stage}/{of}.{search['goal'].split('.')[1]}" for stage, search in searches.items() for of in ("trial", search["goal"].split(".")[0])], measures
checkSession(run, log.hparams, 1)
assert log.times == sorted(log.times) and os.path.getmtime(sys.argv[2]) - 1 < log.times[0] and log.times[-1] < time.time(), log.times
assert log.steps == sorted(log.steps), log.steps

lines = load(run, "metrics.jsonl")
last = {line["stage"]: line["step"] for line in lines}  # of each stage, in order
before = dict(zip(last, [sum(list(last.values())[:i]) for i in range(len(last))]))
narrow = lambda value: struct.unpack("<f", struct.pack("<f", value))[0]
expected = {(f"{line['stage']}/{name}", before[line["stage"]] + line["step"]): narrow(value)
            for line in lines for name, value in line.items() if "." in name}
assert log.scalars == expected and len(expected) > 50, set(log.scalars.items()) ^ set(expected.items())
assert checkSpreads(run, log.spreads, lines, before) == last
for stage, search in searches.items():
    checkTrials(run, stage, search["goal"], last)

# Pictures and texts are behind all stages, and those of the report: it has no others.
page, end = report.Page(os.path.join(run, "report.html")), sum(last.values())
pictures = {tag: dict(image) for (tag, step), image in log.images.items() if step == end}
assert len(pictures) == len(log.images) and sorted(image[4] for image in pictures.values()) == sorted(page.images)
assert all(report.pixels(image[4])[:2] == (image[2], image[1]) and image[3] == 1 for image in pictures.values())
tables = {f"{test}/{metric}": listing["records"] for test, metrics in summary["tests"].items() for metric, listing in metrics.items() if isinstance(listing, dict) and "records" in listing}
tables |= summary.get("samples", {})
tables |= {name: drawn["asked"] for name, drawn in summary.get("drawn", {}).items() if len(drawn["asked"][0]) > 1}
assert set(log.texts) == {(name, end) for name in tables}, set(log.texts)
for name, rows in tables.items():
    head, *cells = log.texts[name, end]
    assert head == list(rows[0]) and len(cells) == len(rows), name
    for got, row in zip(cells, rows):
        for text, value in zip(got, row.values(), strict=True):
            assert text == value and text in page.said if isinstance(value, str) else float(text) == value, (name, text, value)
print(len(expected), "scalars", len(log.spreads), "histograms", len(pictures), "pictures", len(tables), "tables", sum(len(search["trials"]) for search in searches.values()), "trials")

# The rate as the script has it: `warmup(5, then = cosine(0.1))` of 0.002 over the steps of the stage `ae`, 0.002 in `cls`.
of = lambda stage, name: {line["step"]: line[name] for line in lines if line["stage"] == stage and name in line}
if "ae" in last:
    rates = of("ae", "step.learning_rate")
    assert rates[5] == narrow(0.002) and min(rates.values()) < 0.0003, rates
    assert set(of("cls", "step.learning_rate").values()) == {narrow(0.002)}
    # The norm of the gradients, which `cls` clips and `ae` does not.
    for stage in "ae", "cls":
        norms = of(stage, "step.gradient_norm")
        assert set(norms) == set(of(stage, "step.loss")) and all(norm > 0 for norm in norms.values()), norms
    # What `probe` freezes is not shown, and `full` shows all.
    ends = {line["step"] + before["cls"]: line["phase"] for line in lines if line["stage"] == "cls" and line["event"] == "epoch"}
    for step, phase in ends.items():
        parts = {tag.split("/")[1].split(".")[0] for tag, at in log.spreads if at == step}
        assert parts == ({"head"} if phase == "probe" else {"enc", "head"}), (step, phase, parts)
