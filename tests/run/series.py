#!/usr/bin/env python3
"""Windows over the rows of a series: writes series.csv, then holds what the program measured of a model that says 0 against the definition.

  series.py FILE               writes the series
  series.py FILE LOG           fails where LOG has other figures than the records of the last 0.4 of its rows have
"""
import re, sys

WINDOW, AHEAD, ROWS = 5, 2, 101
series = [(i % 7, i * 0.25) for i in range(ROWS)]


def main(path, log=None):
    if log is None:
        with open(path, "w") as f:
            f.write("a,b\n" + "".join(f"{a},{b}\n" for a, b in series))
        return 0
    first = int(0.6 * ROWS)
    starts = range(first, ROWS - WINDOW - AHEAD + 1, AHEAD)
    values = [value for start in starts for row in series[start + WINDOW:start + WINDOW + AHEAD] for value in row]
    squares, columns = sum(v * v for v in values), [values[i::2 * AHEAD] for i in range(2 * AHEAD)]
    explained = [1 - sum(v * v for v in column) / sum((v - sum(column) / len(column)) ** 2 for v in column) for column in columns]
    text = open(log).read()
    measured = {name: float(value) for name, value in re.findall(r"^  (loss|r_squared) (\S+)$", text, re.M)}
    expected = {"loss": squares / len(values), "r_squared": sum(explained) / len(explained)}
    records = int(re.search(r"on series\.test, (\d+) records", text)[1])
    print(records, "records,", measured, "expected", len(starts), expected)
    return not (records == len(starts) and all(abs(measured[name] - value) < 1e-5 * abs(value) for name, value in expected.items()))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
