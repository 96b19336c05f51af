#!/usr/bin/env python3
"""Writes train.csv and test.csv of tables.tl, and the same records as lines of JSON: ages and hours with holes, jobs and towns; what is paid follows from
all of them. test.csv has a town that train.csv has not.

  tables.py DIR
"""
import json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fixtures"))
from data import words


def rows(records, seed, towns):
    draw = words(seed)
    yield "age;hours;job;town;pay"
    for _ in range(records):
        age, hours, job, town = 20 + next(draw) % 40, 10 + next(draw) % 40, next(draw) % 3, next(draw) % len(towns)
        pay = "high" if age + hours + 15 * job > 80 else "low"
        yield ";".join(["NA" if next(draw) % 8 == 0 else str(age), "" if next(draw) % 8 == 0 else str(hours), ["clerk", "cook", "smith"][job] if next(draw) % 10 else "?", towns[town], pay])


def objects(table):
    """Of each row below the first: numbers in an object of their own, what is not known null or left out."""
    names, *rest = [row.split(";") for row in table]
    for cells in rest:
        row = dict(zip(names, cells))
        known = {"age": int(row["age"]) if row["age"] != "NA" else None} | ({"hours": float(row["hours"])} if row["hours"] else {})
        yield json.dumps({"numbers": known, "job": row["job"], "town": row["town"], "pay": row["pay"]})


def main(folder):
    for name, table in ("train.csv", rows(300, 5, ["Ulm", "Aix"])), ("test.csv", rows(60, 6, ["Ulm", "Aix", "Bern"])):
        with open(os.path.join(folder, name), "w") as f:
            table = list(table)
            f.write("".join(row + "\n" for row in table))
        with open(os.path.join(folder, name.replace("csv", "jsonl")), "w") as f:
            f.write("".join(line + "\n" for line in objects(table)))


if __name__ == "__main__":
    main(sys.argv[1])
