"""Reads what `--profile` said, the trace and the descriptor: profile.py SAID TRACE DESCRIPTOR THREADS."""
import json, re, sys

said, trace, described, threads = open(sys.argv[1]).read(), json.load(open(sys.argv[2])), json.load(open(sys.argv[3])), int(sys.argv[4])

# The table of the step: its lines add up to all of the time.
tables = dict(re.findall(r"^(\S+): (\d+ calls, [\d.]+ s of all threads\n.*?)(?=^\S+: \d+ calls|\Z)", said, re.M | re.S))
step = next(stage for stage in described["stages"] if stage["name"] == "main")["phases"][0]["stepFunction"]
lines = tables[step].splitlines()[2:]
name = lines[0].index("wide.tl")  # where names begin; those of the library's lines stand further in
asked = [(float(line[:6]), line[name:]) for line in lines if line[name:name + 1].strip()]
assert abs(sum(share for share, _ in asked) - 100) < 1, tables[step]

# The product takes most of what is not waiting, and stands at the line of the script that asks for it.
share, text = asked[0]
waiting = sum(share for share, text in asked if text.startswith("waiting"))
assert share > 0.5 * (100 - waiting) and text.startswith("wide.tl:11  net = [ Linear(512, 512)"), (share, text)
assert re.search(r" linear\.tl:\d+$", tables[step], re.M), tables[step]

# Rates stand beside what the machine was measured to do: operations beside its peak, bytes beside what it reads from memory.
stage = next(stage for stage in described["stages"] if stage["name"] == "main")
peak, rounded, reads = re.search(r"computes ([\d.]+) GFLOP/s at its peak(?:, ([\d.]+) with factors of bf16,)? and reads ([\d.]+) GB/s", said).groups()
assert (rounded is not None) == (stage["precision"] == "bf16") and float(rounded or peak) >= float(peak), (peak, rounded)
peak, reads = float(rounded or peak), float(reads)
flops, of_peak, gigabytes, of_reads = map(float, re.match(r" *[\d.]+ % +[\d.]+ +([\d.]+) +(\d+) % +([\d.]+) +(\d+) %", lines[0]).groups())
for rate, most, share in ((flops, peak, of_peak), (gigabytes, reads, of_reads)):  # each printed to half of its last digit
    assert abs(100 * rate / most - share) <= 0.5 + 100 * rate / most * (0.05 / rate + 0.05 / most), (lines[0], peak, reads)

# Operations and bytes are those of the shapes: of both layers forward, back to their inputs, and for their weights.
kernels = next(function for function in described["functions"] if function["name"] == step)["kernels"]
of = lambda place: [k for k in kernels if described["places"][k[0]] == place]
products = [k for k in of("wide.tl:11") if k[2] >= 2 * 256 * 512 * 512]
assert len(products) == 6, products
for _, _, flops, read, runs in products:
    assert runs == 1 and read >= (2 if rounded else 4) * (256 * 512 + 512 * 512), (flops, read, runs)

# The trace has each thread, no slice before the one it follows ends, and names lines.
events = [event for event in trace["traceEvents"] if event["cat"] == step]
assert {event["tid"] for event in events} == set(range(threads)), {event["tid"] for event in events}
assert any(event["name"] == "wide.tl:11" for event in events)
for thread in range(threads):
    mine = [event for event in trace["traceEvents"] if event["tid"] == thread]
    assert all(a["ts"] + a["dur"] <= b["ts"] + 1e3 for a, b in zip(mine, mine[1:]))
