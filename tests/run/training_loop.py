#!/usr/bin/env python3
"""Holds two runs of training_loop.tl with different seeds against what the script says.

  training_loop.py RUN RUN
"""
import json, sys

POWERS, LIFT, BATCH = 18, 1 << 20, 4
failed = False


def expect(what, ours, wanted):
    global failed
    if ours != wanted:
        failed = True
        print(f"{what}: {ours}, expected {wanted}")


def records_in(total):
    """The records whose sum this is: record i holds 2^i."""
    return {i for i in range(POWERS) if round(total) >> i & 1}


class Run:
    def __init__(self, folder):
        with open(f"{folder}/metrics.jsonl") as f:
            self.events = [json.loads(line) for line in f]
        with open(f"{folder}/summary.json") as f:
            self.stages = json.load(f)["stages"]

    def of(self, kind, stage, phase=None):
        return [e for e in self.events if e["event"] == kind and e["stage"] == stage and phase in (None, e["phase"])]

    def losses(self, stage, phase=None):
        return [e["step.loss"] for e in self.of("step", stage, phase)]

    def orders(self):
        """The records of each batch, epoch by epoch; checks that each epoch has each record once."""
        epochs = {}
        for e in self.of("step", "orders"):
            epochs.setdefault((e["phase"], e["epoch"]), []).append(e["step.loss"])
        expect("epochs of each phase", list(epochs), [("first", 1), ("first", 2), ("first", 3), ("second", 1), ("second", 2)])
        train = POWERS - self.validated()
        sizes = [min(BATCH, train - at) for at in range(0, train, BATCH)]
        out = []
        for epoch, means in epochs.items():
            expect(f"steps of {epoch}", len(means), len(sizes))
            out.append([records_in((mean - LIFT) * size) for mean, size in zip(means, sizes)])
            expect(f"records in the batches of {epoch}", [len(batch) for batch in out[-1]], sizes)
            expect(f"records of {epoch}", sorted(i for batch in out[-1] for i in batch), sorted(set(range(POWERS)) - self.held()))
        expect("epochs in an order of their own", len({str(epoch) for epoch in out}), len(out))
        return out

    def held(self):
        """The records of the validation split: every evaluation's mean is of whole records, not lifted, alike each time."""
        means = {e["val.loss"] for e in self.of("epoch", "orders")}
        expect("means of the validation records", len(means), 1)
        mean = means.pop()
        fits = [records_in(mean * count) for count in range(1, POWERS) if abs(mean * count - round(mean * count)) < 1e-2
                and len(records_in(mean * count)) == count and mean * count < 1 << POWERS]
        expect("sets of validation records with that mean", len(fits), 1)
        return fits[0] if fits else set()

    def validated(self):
        return len(self.held())


runs = [Run(folder) for folder in sys.argv[1:]]
for run in runs:
    run.orders()
    train = [2 ** i for i in range(POWERS) if i not in run.held()]
    val = [2 ** i for i in run.held()]
    centred = 2 * sum(val) / len(val) - sum(train) / len(train)
    fitted = run.of("epoch", "fitted")[0]["val.loss"]
    expect("twice a validation mean less the training records'", abs(fitted - centred) < 1e-5 * abs(centred), True)

    # The loss is the weight before the step, its gradient is 1; the factor of a step is 1 + step + 100 * steps.
    expect("rates that start again in each phase", run.losses("restarting"), [0, -301, -603, -906, -906 - 2 * 201])
    expect("rates across phases", run.losses("across"), [0, -501, -1003, -1506, -1506 - 2 * 504])
    expect("steps of a stage", [e["step"] for e in run.of("step", "across")], [1, 2, 3, 4, 5])

    # After n updates the weight is -n, 3 - |w + 3| is greatest at 3; a phase knows nothing of the one before.
    near = lambda phase: [e["val.near"] for e in run.of("epoch", "patient", phase)]
    expect("epochs until patience 2 ends", near("first"), [1, 2, 3, 2, 1])
    expect("epochs until patience 3 ends", near("second"), [0, -1, -2, -3])
    expect("the best epoch", [e["step"] for e in run.of("epoch", "patient") if e.get("best")], [1, 2, 3])
    expect("the best checkpoint", run.stages["patient"]["best"], {"val.near": 3, "checkpoint": "patient-000000003"})
    # √(n - 1.5) is no number after the first update.
    expect("epochs of which the first measures no number", len(run.of("epoch", "unsure")), 4)
    expect("the best of them", [e["step"] for e in run.of("epoch", "unsure") if e.get("best")], [2])

noise = [loss for run in runs for loss in run.losses("noisy")]
expect("means of uniform noise", all(0.1 < loss < 0.9 for loss in noise), True)
expect("different ones among those of 2 runs with 2 phases of 3 steps", len(set(noise)), 12)
expect("first weights of 2 seeds", len({run.losses("drawn")[0] for run in runs}), 2)
expect("orders of 2 seeds", len({str(run.orders()) for run in runs}), 2)
sys.exit(failed)
