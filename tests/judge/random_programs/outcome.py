"""What a program or the reference interpreter gave: losses, metrics and the variables of each stage, by name."""
import glob, json, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures"))
from tensors import tensors


def flat(value):
    return [float("nan") if value is None else float(value)] if not isinstance(value, list) else [x for item in value for x in flat(item)]


def measures(event):
    """Without rates and norms: a norm that is zero by mathematics keeps the rounding of terms that no one knows here."""
    told = ("event", "stage", "phase", "epoch", "step", "best", "gradient_norm", "learning_rate", "step.gradient_norm", "step.learning_rate")
    return {name: flat(value) for name, value in event.items() if name not in told}


def ofRun(folder):
    """{what: numbers} of a run folder of a compiled program."""
    found = {}
    if not os.path.exists(os.path.join(folder, "summary.json")):
        return found  # it had nothing to do
    with open(os.path.join(folder, "metrics.jsonl")) as f:
        for line in f:
            event = json.loads(line)
            where = f"{event['stage']} {event['event']} {event['step']}"
            for name, numbers in measures(event).items():
                found[f"{where} {name}"] = numbers
    with open(os.path.join(folder, "summary.json")) as f:
        summary = json.load(f)
    for test, values in summary.get("tests", {}).items():
        for name, value in values.items():
            if name not in ("checkpoint", "records"):
                found[f"test {test.split(' on ')[0]} {name}"] = flat(value)
    last = {}
    for path in sorted(glob.glob(os.path.join(folder, "checkpoints", "*-*"))):
        last[os.path.basename(path).rsplit("-", 1)[0]] = path
    for stage, path in last.items():
        if summary["stages"][stage]["steps"] != int(path.rsplit("-", 1)[1]):
            raise ValueError(f"{folder}: the last checkpoint of {stage} is not of its last step")
        for part in ("weights", "training"):
            for name, numbers in tensors(os.path.join(path, part + ".safetensors")).items():
                found[f"{stage} variable {name}"] = numbers
    return found


def ofReference(lines, folder):
    """The same of `tl-ref`: its events and the files of the stages."""
    found = {}
    for line in lines.splitlines():
        event = json.loads(line)
        if event["event"] == "test":
            for key, value in event.items():
                if key not in ("event", "name", "stage", "which", "records"):
                    found[f"test {event['stage']}.{event['which']} {key}"] = flat(value)
            continue
        for key, numbers in measures(event).items():
            key = "step." + key if event["event"] == "step" else key
            found[f"{event['stage']} {event['event']} {event['step']} {key}"] = numbers
    for path in glob.glob(os.path.join(folder, "*.safetensors")):
        stage = os.path.basename(path)[:-len(".safetensors")]
        if not stage.endswith(".best"):
            for name, numbers in tensors(path).items():
                found[f"{stage} variable {name}"] = numbers
    return found


def fileBytes(folder):
    """{path: bytes} of what must be equal for any number of threads."""
    found = {}
    for path in glob.glob(os.path.join(folder, "**", "*"), recursive=True):
        name = os.path.relpath(path, folder)
        if os.path.isfile(path) and name not in ("timing.jsonl", "settings.json", "report.html") and "tfevents" not in name:  # these tell the time
            with open(path, "rb") as f:
                found[name] = f.read()
    return found
