"""The numbers of evenly_near.tl, and what it makes of them.

  evenly_near.py write · check
"""
import collections, json, sys

REACH, COUNT = 5, 2000
NUMBERS = [(i + 0.5) / COUNT for i in range(COUNT)] + [2 ** -24, 1 - 2 ** -24]


def write():
    open("numbers.csv", "w").write("u,y\n0.5,1\n0.25,2\n")
    open("asked.jsonl", "w").writelines(json.dumps({"x": [u]}) + "\n" for u in NUMBERS)


def check():
    told = [json.loads(line)["value"] for line in open("told.jsonl")]
    assert len(told) == len(NUMBERS)
    taken = collections.Counter()
    for places in told:
        assert len(places) == REACH + 1 and sorted(set(places)) == places and 0 <= places[0] and places[-1] < 2 * REACH, places
    for places in told[:COUNT]:
        taken.update(int(place) for place in places)
    for place in range(2 * REACH):
        away = REACH - place if place < REACH else place - REACH + 1
        assert abs(taken[place] - COUNT * (REACH + 1 - away) / REACH) <= 2, (place, taken)


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]]()
