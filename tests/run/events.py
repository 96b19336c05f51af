#!/usr/bin/env python3
"""Reads a run's event file as TensorBoard does and compares it with metrics.jsonl. Only the standard library is needed.

  events.py RUN
"""
import glob, json, os, struct, sys


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
got = {}
for event in found[1:]:
    whole = dict(event)
    for key, value in fields(whole[5]):
        parts = dict(fields(value))
        got[parts[1].decode(), whole[2]] = parts[2]
expected = {}
for line in open(os.path.join(run, "metrics.jsonl")):
    line = json.loads(line)
    for name, value in line.items():
        if "." in name:
            expected[f"{line['stage']}/{name}", line["step"]] = struct.unpack("<f", struct.pack("<f", value))[0]
assert got == expected and len(got) > 50, set(got.items()) ^ set(expected.items())
