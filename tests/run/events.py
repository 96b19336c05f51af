#!/usr/bin/env python3
"""Reads a run's event file as TensorBoard does and compares it with metrics.jsonl: the same values, stage after stage along one axis of
steps, at times of the clock. Only the standard library is needed.

  events.py RUN BEGUN        BEGUN: a file that was written before the run began
"""
import glob, json, os, struct, sys, time


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


run = sys.argv[1]
found = list(events(glob.glob(os.path.join(run, "tb", "*tfevents*"))[0]))
assert dict(found[0])[3] == b"brain.Event:2", found[0]
# Behind the header, for the dashboard that compares runs: the parameters and the seed.
(value,) = (dict(fields(value)) for key, value in fields(dict(found[1])[5]))
plugin = dict(fields(dict(fields(value[9]))[1]))
entries = [dict(fields(entry)) for key, entry in fields(dict(fields(plugin[2]))[3])]
settings = json.load(open(os.path.join(run, "settings.json")))
assert (value[1], plugin[1]) == (b"_hparams_/session_start_info", b"hparams"), value
assert {entry[1].decode(): dict(fields(entry[2]))[2] for entry in entries} == {**settings["params"], "seed": settings["seed"]}, entries
got, steps = {}, []
for event in found[2:]:
    whole = dict(event)
    steps.append(whole[2])
    for key, value in fields(whole[5]):
        parts = dict(fields(value))
        got[parts[1].decode(), whole[2]] = parts[2]
times = [dict(event)[1] for event in found]
assert times == sorted(times) and os.path.getmtime(sys.argv[2]) - 1 < times[0] and times[-1] < time.time(), times
assert steps == sorted(steps), steps

lines = [json.loads(line) for line in open(os.path.join(run, "metrics.jsonl"))]
last = {line["stage"]: line["step"] for line in lines}  # of each stage, in order
before = dict(zip(last, [sum(list(last.values())[:i]) for i in range(len(last))]))
narrow = lambda value: struct.unpack("<f", struct.pack("<f", value))[0]
expected = {(f"{line['stage']}/{name}", before[line["stage"]] + line["step"]): narrow(value)
            for line in lines for name, value in line.items() if "." in name}
assert got == expected and len(got) > 50, set(got.items()) ^ set(expected.items())

# The rate as the script has it: `warmup(5, then = cosine(0.1))` of 0.002 over the steps of the stage `ae`, 0.002 in `cls`.
of = lambda stage, name: {line["step"]: line[name] for line in lines if line["stage"] == stage and name in line}
rates = of("ae", "step.learning_rate")
assert rates[5] == narrow(0.002) and min(rates.values()) < 0.0003, rates
assert set(of("cls", "step.learning_rate").values()) == {narrow(0.002)}
# The norm of the gradients, which `cls` clips and `ae` does not.
for stage in "ae", "cls":
    norms = of(stage, "step.gradient_norm")
    assert set(norms) == set(of(stage, "step.loss")) and all(norm > 0 for norm in norms.values()), norms
