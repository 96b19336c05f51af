#!/usr/bin/env python3
"""Writes the inputs that the fuzzers of the readers start from: small sound files, in the form that each fuzzer takes.

  seeds.py FOLDER        FOLDER/READER/NUMBER
"""
import gzip, json, os, struct, sys, zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures"))
import foreign_weights as foreign


def part(data):
    return struct.pack("<H", len(data)) + data


def idx(shape, values):
    return struct.pack(">BBBB", 0, 0, 8, len(shape)) + struct.pack(f">{len(shape)}I", *shape) + bytes(values)


def header(*tensors, **notes):
    """The header of tensors (name, dtype, shape), and their data."""
    width = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "U8": 1, "BOOL": 1, "BF16": 2}
    entries, at = {"__metadata__": notes} if notes else {}, 0
    for name, dtype, shape in tensors:
        size = width[dtype]
        for extent in shape:
            size *= extent
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return json.dumps(entries, separators=(",", ":")).encode(), bytes(at)


def safetensors(*tensors, **notes):
    head, data = header(*tensors, **notes)
    return struct.pack("<Q", len(head)) + head + data


STATE = {"digest": "SSSSSSSS", "program": "digest", "stage": "ae", "data": "0badcafe", "files": {"weights.safetensors": "WWWWWWWW", "training.safetensors": "TTTTTTTT", "sums.safetensors": "UUUUUUUU"},
         "phase": 0, "epoch": 1, "stepInPhase": 7, "stepInStage": 7, "loaderPosition": 3, "seed": 1, "finished": False,
         "bests": {"best": {"value": 0.25, "checkpoint": "ae-000000007"}}, "hasStopBest": True, "stopBest": "inf", "epochsWithoutImprovement": 0,
         "params": {"lr": 0.001}, "logBytes": {"metrics.jsonl": 120}, "notes": {"a": "nan"}}


def checkpoint(state, piece, *files, choice=bytes(2)):
    front, back = json.dumps(state).encode().split(b'"lr": 0.001', 1)
    return choice + part(front + b'"lr": 0.001') + part(piece) + part(back) + b"".join(part(file) for file in files[:-1]) + files[-1]


def seeds():
    images, labels = idx((4, 2, 2), range(16)), idx((4,), [0, 1, 2, 1])
    yield "idx", b"\x00" + part(b"") + images
    for choices in (b"\x01", b"\x0f", b"\x09"):
        yield "idx", choices + part(labels) + images
        yield "idx", choices + part(labels) + idx((4, 3, 5), range(60))  # large enough to be read in pieces
    for text in (b"1;?;0\n3;4;1\n", b"1,red,,2\n3,blue,NA,1\n,red, x,1\n", b"a,b,kind\nx,red,1\nx,,2\ny,blue,3\n", b"x\ty\nz\t\n", b"1,2\n3,4\n5,6\n7,8\n9,1\n"):
        for choice in (10, 11, 12, 13, 14, 15, 139):
            yield "csv", bytes([choice, 0]) + text
    for text in (b'{"a": {"b": 1.5}, "c": null}\n{"a": {"b": 2}, "c": true}\n\n{"c": 3, "a": {}}\n', b'{"a.b": "x", "c": 0}\n{"a": {"b": "y"}, "c": 1}\n'):
        for choice in (9, 10, 137):
            yield "texts", bytes([choice, 0]) + text
    for text in (b"1,2,0\n3,4,1\n", b"a,b,kind\n1,2,red\n3,4,blue\n", b'\xef\xbb\xbfa,"b ""c""",kind\r\n1,+2.5e-3,"r,\n1"\r\n\r\n-1,1e30,x',
                 b'x;y\n', b"1\n" * 9, b" 1 ,\t2 ,3\n4,5,6", b'\n1,"0",3,4, 5 ,6,7\r\n \n2,1,3,"4" ,5,6,7\n\n3,"1",3,4,5,6,"7"'):
        for choice in (0, 1, 3, 5, 128):
            yield "csv", bytes([choice, 0]) + text
    for text in (b"good film\t1\nbad , bad\t0\n", b"said\tkind\nIt's\tgood\r\n\nno\tbad", b"0\tx\n1\ty\n" * 3, "\ufeffé€𝄞 A\n".encode(), b"a\xe9b\n", b"one\n" * 9):
        for choice in (0, 1, 2, 3, 4, 5, 129):
            yield "lines", bytes([choice, 0]) + text
    for text in (b'a b,1,2\n"b ""c""",0,1.5\n,,\n', b'said,kind\n"x\n y",p\nz,q\n', b'{"a": {"b": "x y"}, "c": 1}\n{"a": {"b": null}}\n',
                 b'{"a": ["x", "y z"], "c": ["p"]}\n', '{"a": "\\u00e9\u20ac", "c": "y", "a.b": true}\n'.encode(), b"U B-X\nde O\n\n-DOCSTART- O\n\nEs x O\n"):
        for choice in (*range(9), 128, 132):
            yield "texts", bytes([choice, 0]) + text
    for labels in (b"\3", b"\0\t", b"\x0a", b"\1\2\3"):
        for choice in (0, 1, 2, 3):
            yield "cifar", bytes([choice, 0]) + labels
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit/pictures.json"), encoding="utf-8") as f:
        for number, file in enumerate(json.load(f)["files"].values()):
            for choice in (4, 5, 2):
                yield "images", bytes([choice, number]) + bytes.fromhex(file)
    for data in (b"", b"hello", bytes(3000), bytes(range(256)) * 4):
        yield "gzip", b"\x00" + gzip.compress(data, mtime=0)
        yield "gzip", b"\x07" + gzip.compress(data, mtime=0) + gzip.compress(data[:9], 1, mtime=0)
        yield "gzip", b"\x02" + data
    flat = zlib.compressobj(0, zlib.DEFLATED, 31)
    yield "gzip", b"\x02" + flat.compress(b"stored") + flat.flush()
    for head, data in (header(), header(("a", "F32", [2])), header(("a", "F32", [2, 3]), ("b", "I64", []), ("none", "U8", [0, 4]), stage="ae"),
                       header(("w", "BF16", [3]), ("flags", "BOOL", [5])), (b'{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}   ', b"x")):
        yield "safetensors", bytes(3) + part(head) + part(b"") + part(b"") + data
    empty = b'{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    for front, piece, back in ((b'{"a":' + empty, b',"#":' + empty, b"}"),
                               (b"{", b'"#":{"dtype":"U8","shape":[],"data_offsets":[#,$]},', b'"a":' + empty + b"}"),
                               (b'{"a":' + empty, b',"#":{"dtype":"U8","shape":[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5],"data_offsets":[0,0]}', b"}"),
                               (b'{"__metadata__":{"a":""', b',"#":""', b"}}"), (b'{"', b"name", b'":' + empty + b"}"), (b"{", b"\n", b"}"),
                               (b'{"a":{"dtype":"U8","shape":[0', b",1", b'],"data_offsets":[0,0]}}'), (b'{"a":' + empty, b',"#.a.longer.name":' + empty, b"}")):
        for some in (0, 3, 255):
            yield "safetensors", bytes([0, some, 1]) + part(front) + part(piece) + part(back)
    yield from foreign_seeds()
    weights, training = safetensors(("enc.w", "F32", [3, 2]), ("norm.mean", "F32", [2]), stage="ae"), safetensors(("enc.w/m", "F32", [3, 2]), ("updates/0", "I32", []))
    sums = safetensors(("loss.count", "F64", []), ("loss.sum", "F64", [2]))
    for state in (STATE, {**STATE, "bests": {}}, {**STATE, "stage": "cls"}, {**STATE, "bests": {"best": {"value": "inf", "checkpoint": "../x"}}}):
        for piece in (b"", b', "#": 0', b', "#": {"": ""}', b"[", b"\n"):
            yield "checkpoint", checkpoint(state, piece, weights, training, sums)
    for kind in range(4):
        yield "checkpoint", checkpoint(STATE, b', "#": 0', weights, training, sums, choice=bytes([255, kind]))
    yield "checkpoint", checkpoint(STATE, b"", safetensors(("enc.w", "F32", [2, 3])), training, sums)


    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit/tokenizers.json"), encoding="utf-8") as f:
        for one in json.load(f):
            tokenizer = json.dumps(small(one["tokenizer"]), ensure_ascii=False).encode()
            for case in one["cases"][2:-3:2]:
                yield "tokenizer", b"\0" + part(tokenizer) + part(b"") + part(b"") + case["text"].encode()
    for front, piece, back in ((b'{"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":0', b',"a#":$', b"}}}"), (b'{"model":{"type":"BPE","merges":[],"vocab":{"a":0', b',"b#":$', b"}}}"),
                               (b'{"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]', b',["#",-1]', b"]}}"),
                               (b'{"model":{"type":"WordLevel","vocab":{"<unk>":0}},"added_tokens":[{"id":1,"content":"a"}', b',{"id":$,"content":"a#"}', b"]}"),
                               (b'{"model":{"type":"WordLevel","vocab":{"<unk>":0}},"normalizer":', b'{"type":"Sequence","normalizers":[', b"")):
        for some in (0, 2, 255):
            yield "tokenizer", bytes([some]) + part(front) + part(piece) + part(back) + "a b1 a2é".encode()


def foreign_seeds():
    data = struct.pack("<6f", *range(6))
    views = [foreign.tensor("0", "F32", 6, [2, 3], [3, 1]), foreign.tensor("0", "F32", 6, [3, 2], [1, 3]), foreign.tensor("0", "F32", 6, [], [], 4), foreign.tensor("1", "F16", 2, [2], [1])]
    whole = foreign.mapping({"state_dict": foreign.ORDERED + b"(" + foreign.text("w") + views[0] + b"u}" + foreign.text("_metadata") + foreign.ORDERED + b"sb", "epoch": b"K\3", "list": b"](" + views[1] + b"NNe"})
    behind = b"\x80\2](" + foreign.text("0") + b"e." + struct.pack("<q", 6) + data
    for value in (views[0], whole, foreign.mapping({"a": views[2], "b": views[3]})):
        for kind, stored in ((0, data), (4, data), (1, behind)):
            yield "torch", bytes([kind, 0, 0, 0]) + part(foreign.pickled(value)) + part(b"") + part(b"") + stored
    for front, piece, back in ((b"\x80\2}(", foreign.text("#w") + views[2], b"u."), (b"\x80\2](" + views[0] + b"q\0", b"h\0", b"e."), (b"\x80\2", b"]", b"N."), (b"\x80\2", b"(", b"t."),
                               (b"\x80\2", foreign.ORDERED, b"."), (b"\x80\2}(", foreign.text("#") + b"N", b"u."), (b"\x80\4", b"\x8c\1a\x94", b"."), (b"\x80\2N", b"\x85", b"."),
                               (b"\x80\2]q\0(", b"h\0", b"e."), (b"\x80\2" + foreign.text("k") + b"q\0](", views[2], b"e.")):
        for some in (0, 3, 255):
            yield "torch", bytes([0, some, 0, 0]) + part(front) + part(piece) + part(back) + data
    yield "torch", bytes([2, 0, 0, 0]) + part(b"") * 3 + foreign.old_form(foreign.mapping({"w": views[0]}), {"0": (6, data)})
    yield "torch", bytes([2, 0, 0, 0]) + part(b"") * 3 + foreign.archive(foreign.mapping({"w": views[0]}), {"0": (6, data)})
    for header in ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }  \n", "{'descr': '|u1', 'fortran_order': False, 'shape': (24L,)}",
                   "{'shape': (), 'descr': '<f8', 'fortran_order': False}", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}"):
        for kind in (0, 1, 2, 4, 6, 10):
            for some in (0, 3, 255):
                yield "numpy", bytes([kind, some, 0, 0]) + part(header.encode()) + part(b"net.w") + data
    for rows in (b"the 1 -2.5e-3\ncat 0.25 +7\n", b"#1 $ 2\n", ", 1 2 3 \n. . 4 5 6\né 7 8 9".encode(), b"a 1\r\nb 2\n"):
        for choice in (0, 128):
            yield "vectors", bytes([choice, 0]) + rows
            yield "vectors", bytes([choice, 0]) + b"2 %d\n" % (len(rows.split(b"\n")[0].split()) - 1) + rows
    for between in (b"", b"\n"):
        yield "vectors", bytes(2) + b"3 2\n" + b"".join(word + b" " + struct.pack("<2f", 0.5, -1e-9) + between for word in (b"the", b"cat", b"sat"))
    yield "numpy", bytes([7, 0, 0, 0]) + part(b"") * 2 + foreign.npz({"a": ("F32", [2, 3], data)}, 8)


def small(tokenizer):
    """With few tokens, so that changes meet the rest."""
    model = tokenizer["model"]
    if isinstance(model["vocab"], list):
        model["vocab"] = model["vocab"][:40]
        return {**tokenizer, "added_tokens": tokenizer["added_tokens"][:4]}
    keep = {token: number for token, number in model["vocab"].items() if number < 60}
    model["vocab"] = keep
    if "merges" in model:
        model["merges"] = [merge for merge in model["merges"] if {*merge, "".join(merge)} <= set(keep)][:20]
    return {**tokenizer, "added_tokens": [token for token in tokenizer["added_tokens"] if token["content"] in keep]}


def write(folder):
    for number, (reader, data) in enumerate(seeds()):
        os.makedirs(os.path.join(folder, reader), exist_ok=True)
        with open(os.path.join(folder, reader, str(number)), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    write(sys.argv[1])
