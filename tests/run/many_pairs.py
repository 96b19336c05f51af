#!/usr/bin/env python3
"""Lines of words, some of them frequent."""
import random

draw = random.Random(4)
for _ in range(900):
    print(" ".join("w%d" % min(draw.randrange(400), draw.randrange(600)) for _ in range(draw.randrange(25))))
