#!/usr/bin/env python3
"""Drives the compiled functions of tests/run/inputs/flat.tl as a trainer over several machines would.

  flat_gradients.py write FOLDER    the data: 64 records
  flat_gradients.py check FOLDER    FOLDER/libflat.so beside what tl-ref wrote to FOLDER/ref
"""
import array, ctypes, json, os, struct, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures"))
import points

command, folder = sys.argv[1], sys.argv[2]
place = lambda name: os.path.join(folder, name)

if command == "write":
    points.write(place("points.csv"), 64)
    sys.exit()

library = ctypes.CDLL(place("libflat.so"))
program = json.loads(ctypes.string_at(ctypes.addressof(ctypes.c_char.in_dll(library, "tlDescriptor"))))
signature = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 7, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p)
table = ctypes.addressof(ctypes.c_void_p.in_dll(library, "tlFunctions"))
code, about = {}, {each["name"]: each for each in program["functions"]}
for i, each in enumerate(program["functions"]):
    code[each["name"]] = signature(ctypes.c_void_p.from_address(table + 8 * i).value)
stage = next(each for each in program["stages"] if each["name"] == "fit")
variables = {each["path"]: each for each in stage["variables"]}
codes = {"f32": "f", "f64": "d", "i32": "i"}


class Arena:
    def __init__(self, size):
        self.memory = ctypes.create_string_buffer(size + 64)
        self.address = (ctypes.addressof(self.memory) + 63) // 64 * 64

    def bytes(self, offset, size):
        return ctypes.string_at(self.address + offset, size)

    def put(self, offset, data):
        ctypes.memmove(self.address + offset, bytes(data), len(data))

    def values(self, of):
        count = 1
        for size in of["shape"]:
            count *= size
        kind = codes[of["dtype"]]
        return array.array(kind, self.bytes(of["offset"], count * array.array(kind).itemsize)).tolist()


class Machine:
    def __init__(self):
        self.variables = Arena(stage["variablesBytes"])
        self.call(stage["initFunction"], None)

    def call(self, name, batch):
        function = about[name]
        output, work = Arena(function["outputBytes"]), Arena(function["workBytes"])
        scalars = {"phase.steps": 4, "stage.steps": 8, "stage.step": self.step if name != stage["initFunction"] else 0}
        numbers = (ctypes.c_double * max(1, len(program["scalars"])))(*[scalars.get(each["name"], 0) for each in program["scalars"]])
        counters, at = (ctypes.c_uint32 * 5)(), ctypes.c_int32()
        code[name](self.variables.address, work.address, batch.address if batch else None, output.address,
                   ctypes.addressof(numbers), ctypes.addressof(counters), ctypes.addressof(at), 0, 1, None)


def batch_for(name, records):
    function = about[name]
    arena = Arena(function["inputBytes"])
    for port in function["inputs"]:
        rows = records + [records[0]] * (port["shape"][0] - len(records))
        if port["name"] == "valid":
            values = [float(i < len(records)) for i in range(len(rows))]
        elif port["dtype"] == "i32":
            values = [int(row[-1]) for row in rows]
        else:
            values = [number for row in rows for number in row[:-1]]
        arena.put(port["offset"], array.array(codes[port["dtype"]], values).tobytes())
    return arena


with open(place("points.csv")) as f:
    records = [[float(cell) for cell in line.split(",")] for line in f.read().split()[1:]]
with open(place("ref/fit.safetensors"), "rb") as f:
    header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    data = f.read()
reference = {key: array.array("d", data[slice(*entry["data_offsets"])]).tolist() for key, entry in header.items() if key != "__metadata__"}

failed = False


def require(what, holds):
    global failed
    if not holds:
        failed = True
        print("wrong:", what)


def near(what, ours, theirs, away):
    size = max(map(abs, theirs))
    require(f"{what}\n  {ours[:6]}\n  {theirs[:6]}", size > 0 and len(ours) == len(theirs) and all(abs(a - b) <= away * size for a, b in zip(ours, theirs)))


one, pair = Machine(), [Machine(), Machine()]
for number, phase in enumerate(stage["phases"]):
    span = phase["gradients"]
    for machine in (one, *pair):
        machine.step = number
    one.variables.put(span["offset"], b"\xff" * span["bytes"])  # NaN: a step writes all that an update reads
    one.call(phase["stepFunction"], batch_for(phase["stepFunction"], records))
    # What lies in the range, and nothing else: by the descriptor, and by its bytes.
    inside = [each for each in stage["variables"] if each["range"] == span["name"]]
    require(f"{phase['name']} has {[each['of'] for each in inside]}", sorted(each["of"] for each in inside) == sorted(phase["trainable"] + [""]))
    require("frozen gradients", phase["frozen"] and not set(phase["frozen"]) & {each["of"] for each in inside})
    end = span["offset"]
    for each in inside:
        values = one.variables.values(each)
        require(f"{each['path']} is at {each['offset']} behind {end}", 0 <= each["offset"] - end < 64 and each["dtype"] == span["dtype"])
        end = each["offset"] + 4 * len(values)
        near(f"gradient {each['path']}", values, reference[each["path"]], 2e-6)
    require("the end of the range", end == span["offset"] + span["bytes"])
    require("the count", one.variables.values(inside[-1]) == [64])
    # Two machines with half of the records each, whose ranges are added.
    for machine, part in zip(pair, (records[:32], records[32:])):
        machine.call(phase["stepFunction"], batch_for(phase["stepFunction"], part))
    ranges = [array.array("f", machine.variables.bytes(span["offset"], span["bytes"])) for machine in pair]
    added = array.array("f", [a + b for a, b in zip(*ranges)])
    for machine in pair:
        machine.variables.put(span["offset"], added.tobytes())
    before = {path: one.variables.values(variables[path]) for path in phase["trainable"] + phase["frozen"]}
    for machine in (one, *pair):
        machine.call(phase["updateFunction"], None)
    for path in phase["trainable"]:
        ours = one.variables.values(variables[path])
        require(f"{path} does not move", ours != before[path])
        require(f"{path} differs between the machines", pair[0].variables.values(variables[path]) == pair[1].variables.values(variables[path]))
        near(f"{path} of two machines", pair[0].variables.values(variables[path]), ours, 1e-5)
    for path in phase["frozen"]:
        require(f"{path} moves", one.variables.values(variables[path]) == before[path])
require("ranges of two phases lie in the same place", stage["phases"][0]["gradients"]["offset"] == stage["phases"][1]["gradients"]["offset"])
for path in stage["phases"][1]["trainable"]:
    near(f"{path} beside the reference", one.variables.values(variables[path]), reference[path], 1e-4)
sys.exit(failed)
