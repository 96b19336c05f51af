#!/usr/bin/env python3
"""Holds what tests/run/optimizer_states.tl trains, compiled and by tl-ref, against formulas in double.

  optimizer_states.py write FOLDER     the gradients, as data
  optimizer_states.py check FOLDER     FOLDER/run/checkpoints and FOLDER/values

The seven cases are those of ONNX's node tests of its training domain (adagrad, adagrad_multiple, adam, adam_multiple, momentum,
momentum_multiple, nesterov_momentum): rate 0.1, at the first update, by the formulas of its operators.
"""
import math, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
from tensors import tensors

command, folder = sys.argv[1], sys.argv[2]
place = lambda *names: os.path.join(folder, *names)
GRADIENTS = {"one": [-1.0], "pair": [-0.94, -2.5], "triple": [-1.0, -1.0, -3.0]}

if command == "write":
    for name, values in GRADIENTS.items():
        with open(place(name + ".csv"), "w") as f:
            f.write(",".join(map(str, values)) + "\n")
    sys.exit()


def adagrad(x, g, h, norm=0.001, eps=1e-5):
    d = norm * x + g
    return x - 0.1 * d / (math.sqrt(h + d * d) + eps)


def adam(x, g, v, h, alpha, beta, eps, norm=0.001):
    d = norm * x + g
    return x - 0.1 * (alpha * v + (1 - alpha) * d) / (math.sqrt(beta * h + (1 - beta) * d * d) + eps)


def momentum(x, g, v, norm=0.001, alpha=0.95):
    return x - 0.1 * (alpha * v + norm * x + g)


def nesterov(x, g, v, norm=0.01, alpha=0.95):
    d = norm * x + g
    return x - 0.1 * (d + alpha * (alpha * v + d))


PAIR, ONE, TWO = ([1.2, 2.8], GRADIENTS["pair"]), ([1.0], [-1.0]), ([1.0, 2.0], [-1.0, -3.0])
each = lambda f, *lists: [f(*values) for values in zip(*lists)]
EXPECTED = {
    "adagrad": {"x": each(adagrad, *ONE, [2.0])},
    "adagrad_multiple": {"x1": each(adagrad, *ONE, [2.0]), "x2": each(adagrad, *TWO, [4.0, 1.0])},
    "adam": {"x": each(lambda *a: adam(*a, 0.95, 0.1, 1e-7), *PAIR, [1.7, 3.6], [0.1, 0.1])},
    "adam_multiple": {"x1": each(lambda *a: adam(*a, 0.95, 0.85, 1e-2), *ONE, [2.0], [0.5]),
                      "x2": each(lambda *a: adam(*a, 0.95, 0.85, 1e-2), *TWO, [4.0, 1.0], [1.0, 10.0])},
    "momentum": {"x": each(momentum, *PAIR, [1.7, 3.6])},
    "momentum_multiple": {"x1": each(momentum, *ONE, [2.0]), "x2": each(momentum, *TWO, [4.0, 1.0])},
    "nesterov_momentum": {"x": each(nesterov, *PAIR, [1.7, 3.6])},
    "late": {"x1": [2 - 2.0], "x2": [2 - 2.0, 2 - 6.0]},
    "summed": {"x1": [2 - 3.0], "x2": [2 - 3.0, 2 - 9.0]},
}


failed, compared = False, 0
for stage, expected in EXPECTED.items():
    newest = max(name for name in os.listdir(place("run/checkpoints")) if name.rsplit("-", 1)[0] == stage)
    # What script and data say are numbers of f32, here as there.
    for what, path, away in (("compiled", place("run/checkpoints", newest, "weights.safetensors"), 3e-7),
                             ("tl-ref", place("values", stage + ".safetensors"), 1e-7)):
        values = tensors(path)
        for name, right in expected.items():
            ours = values[name]
            compared += len(right)
            if len(ours) != len(right) or any(not abs(a - b) <= away * max(1, abs(b)) for a, b in zip(ours, right)):
                failed = True
                print(f"{stage}, {what}: `{name}` is {ours}, not {right}")
print(f"{compared} values compared")
sys.exit(failed)
