#!/usr/bin/env python3
"""Tokenizers of every published kind, made by the trainers of PyPI's `tokenizers`; and the small ones, with what they answer, that the
unit tests read.

  zoo.py FOLDER [DATA]                              tokenizer files of useful sizes, for compare.py; DATA adds BERT's and GPT-2's own
  zoo.py --cases > tests/unit/tokenizers.json       needs `sentencepiece`, too
"""
import base64, io, itertools, json, os, sys, tempfile
from tokenizers import AddedToken, Regex, Tokenizer, decoders as D, models as M, normalizers as N, pre_tokenizers as P, processors as R, trainers as T
import compare

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA3.replace("{1,3}", "")
BYTES = [f"<0x{i:02X}>" for i in range(256)]
WORDS = ["the quick brown fox jumps over the lazy dog's tail", "Don't stop: we've 1234567 reasons, haven't we?", "naïve café résumé Straße İstanbul ΌΣΟΣ", "日本語のテキスト 한국어 텍스트",
         "unbelievable running runner runs jumped jumping", "e\u0301 x\u0323\u0301 ﬁne ① Ⅷ", "a  b\t c\n d"] * 4


def trained(model, trainer, lines, normalizer=None, pre_tokenizer=None, processor=None, decoder=None):
    made = Tokenizer(model)
    for name, part in (("normalizer", normalizer), ("pre_tokenizer", pre_tokenizer), ("decoder", decoder)):
        if part is not None:
            setattr(made, name, part)
    made.train_from_iterator(lines, trainer)
    if processor:
        made.post_processor = processor(made)
    return made


def changed(made, **parts):
    """The same with other values in its file; `model` changes values of the model."""
    file = json.loads(made.to_str())
    file["model"].update(parts.pop("model", {}))
    file.update(parts)
    return Tokenizer.from_str(json.dumps(file))


def template(single, pair):
    return lambda made: R.TemplateProcessing(single=single, pair=pair, special_tokens=[(t, made.token_to_id(t)) for t in {w.split(":")[0] for w in (single + " " + pair).split()} if "$" not in t])


def charsmap(rule):
    """SentencePiece's compiled replacements, by its own trainer: a named rule, or replacements of texts by texts."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    model, proto = io.BytesIO(), sentencepiece_model_pb2.ModelProto()
    options = {"normalization_rule_name": rule}
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as f:
        if isinstance(rule, dict):
            options = {"normalization_rule_tsv": f.name}
            for old, new in rule.items():
                f.write(" ".join(f"{ord(c):X}" for c in old) + "\t" + " ".join(f"{ord(c):X}" for c in new) + "\n")
            f.flush()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(WORDS), model_writer=model, vocab_size=90, character_coverage=0.98, hard_vocab_limit=False, minloglevel=2, **options)
    proto.ParseFromString(model.getvalue())
    return base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()


def zoo(lines, size, letters):
    """(name, tokenizer) of all kinds, `size` tokens each."""
    options = dict(vocab_size=size, limit_alphabet=letters, show_progress=False)
    bert = trained(M.WordPiece(unk_token="[UNK]"), T.WordPieceTrainer(special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], **options), lines, N.BertNormalizer(),
                   P.BertPreTokenizer(), template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"), D.WordPiece())
    yield "bert", bert
    cased = changed(bert, normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": False},
                    truncation={"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0},
                    padding={"strategy": {"Fixed": 7}, "direction": "Left", "pad_to_multiple_of": 4, "pad_id": 3, "pad_type_id": 2, "pad_token": "[SEP]"})
    yield "bert-cased", cased
    level = dict(vocab_size=size + 256, initial_alphabet=P.ByteLevel.alphabet(), show_progress=False)
    gpt2 = trained(M.BPE(), T.BpeTrainer(special_tokens=["<|endoftext|>"], **level), lines, None, P.ByteLevel(add_prefix_space=False), lambda made: R.ByteLevel(trim_offsets=False), D.ByteLevel())
    yield "gpt2", gpt2
    roberta = trained(M.BPE(), T.BpeTrainer(special_tokens=["<s>", "<pad>", "</s>", "<unk>"], **level), lines, None, P.ByteLevel(add_prefix_space=True),
                      lambda made: R.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=True), D.ByteLevel())
    roberta.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=True)])
    yield "roberta", roberta
    for name, pattern, normalizer in (("llama3", LLAMA3, None), ("qwen", QWEN, {"type": "NFC"})):
        yield name, changed(gpt2, normalizer=normalizer, model={"ignore_merges": name == "llama3"},
                            pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
                                                                                 {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]})
    llama2 = trained(M.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
                     T.BpeTrainer(special_tokens=["<unk>", "<s>", "</s>"] + BYTES, **{**options, "vocab_size": size + 260}), lines,
                     N.Sequence([N.Prepend("\u2581"), N.Replace(" ", "\u2581")]), P.Metaspace(prepend_scheme="never"), template("<s> $A", "<s> $A <s>:1 $B:1"),
                     D.Sequence([D.Replace("\u2581", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)]))
    special = [token for token in json.loads(llama2.to_str())["added_tokens"] if not token["content"].startswith("<0x")]
    yield "llama2", changed(llama2, pre_tokenizer=None, added_tokens=special)
    first = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": False}
    yield "llama2-first", changed(llama2, pre_tokenizer=first, normalizer=None, added_tokens=special)
    yield "bpe-unknown", changed(llama2, pre_tokenizer={**first, "split": True}, normalizer=None, added_tokens=special, model={"byte_fallback": False, "fuse_unk": False})
    yield "bpe-affixes", trained(M.BPE(unk_token="[U]", end_of_word_suffix="</w>", continuing_subword_prefix="##"),
                                 T.BpeTrainer(special_tokens=["[U]"], end_of_word_suffix="</w>", continuing_subword_prefix="##", **options), lines,
                                 N.Sequence([N.NFKC(), N.Lowercase(), N.Strip()]), P.Sequence([P.Whitespace(), P.Digits(individual_digits=True), P.Punctuation(behavior="contiguous")]), None,
                                 D.BPEDecoder())
    words = trained(M.WordLevel(unk_token="[U]"), T.WordLevelTrainer(special_tokens=["[U]", "[P]"], vocab_size=size, show_progress=False), lines,
                    N.Sequence([N.NFD(), N.StripAccents(), N.Lowercase()]), P.Whitespace(), lambda made: R.BertProcessing(("[P]", 1), ("[U]", 0)))
    words.add_tokens([AddedToken("Word X", single_word=True), AddedToken("hello", rstrip=True, lstrip=True), AddedToken("CAFé", normalized=True), AddedToken("(?)", normalized=False)])
    words.enable_truncation(12, strategy="longest_first", direction="left")
    yield "words", words
    alphabet = len(set(N.NFKC().normalize_str("".join(lines))))
    unigram = trained(M.Unigram(), T.UnigramTrainer(vocab_size=size + max(size, alphabet), special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False), lines, N.NFKC(),
                      P.Sequence([P.WhitespaceSplit(), P.Metaspace()]), template("<s> $A </s>", "<s> $A </s> </s> $B </s>"), D.Metaspace())
    yield "unigram", unigram
    rule = "nmt_nfkc" if size > 1000 else {"ﬁ": "fi", "①": "1", "\t": " ", "e\u0301": "é", "Straße": "str", "\u200b": "", "が": "か\u3099"}
    try:
        normalizers = [{"type": "Precompiled", "precompiled_charsmap": charsmap(rule)}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]
    except ImportError:
        return
    yield "t5", changed(unigram, normalizer={"type": "Sequence", "normalizers": normalizers}, pre_tokenizer={**first, "prepend_scheme": "always", "split": True})


def published(data):
    """BERT's and GPT-2's own vocabularies."""
    with open(os.path.join(data, "tokenizers/bert-base-uncased/vocab.txt"), encoding="utf-8") as f:
        bert = Tokenizer(M.WordPiece({line.rstrip("\n"): i for i, line in enumerate(f)}, unk_token="[UNK]"))
    bert.normalizer, bert.pre_tokenizer, bert.decoder = N.BertNormalizer(), P.BertPreTokenizer(), D.WordPiece()
    bert.post_processor = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1")(bert)
    bert.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    yield "bert-base-uncased", bert
    with open(os.path.join(data, "tokenizers/gpt2/encoder.json")) as f, open(os.path.join(data, "tokenizers/gpt2/vocab.bpe"), encoding="utf-8") as g:
        gpt2 = Tokenizer(M.BPE(json.load(f), [tuple(line.split()) for line in g.read().split("\n")[1:] if line]))
    gpt2.pre_tokenizer, gpt2.post_processor, gpt2.decoder = P.ByteLevel(add_prefix_space=False), R.ByteLevel(trim_offsets=False), D.ByteLevel()
    gpt2.add_special_tokens(["<|endoftext|>"])
    yield "gpt2-published", gpt2


def write(folder, data=None, lines=20000, size=6000):
    """The paths of the files."""
    os.makedirs(folder, exist_ok=True)
    paths, some = [], compare.texts(data, lines, seed=7)
    for name, made in itertools.chain(zoo(some, size, 300), published(data) if data else ()):
        paths.append(os.path.join(folder, name + ".json"))
        made.save(paths[-1])
    return paths


def cases():
    texts = ["", " ", "The quick  brown fox's tail!", "Don't stop: we've 1234567 reasons", "naïve Straße İstanbul ΌΣΟΣ", "日本語 한국어", "e\u0301x\u0323\u0301 ﬁ①\u200b",
             "a\r\n\n  b\t\u00a0c ", "hello Word X, (?)CAFé[SEP] </s> <mask>.", "👩‍👩‍👧 unbelievable ##ing \u2581x", "\x00a\x01\ufffd\x7f", "'ſ I'LL"]
    for name, made in zoo(WORDS, 160, 40):
        answers = []
        for text in texts + [(texts[2], texts[5]), (texts[3], texts[2]), ("", texts[8])]:
            e = made.encode(*([text] if isinstance(text, str) else text))
            answers.append({"text": text, "ids": e.ids, "types": e.type_ids, "words": [-1 if w is None else w for w in e.word_ids], "attention": e.attention_mask,
                            "offsets": e.offsets, "decoded": made.decode(e.ids)})
        yield {"name": name, "tokenizer": json.loads(made.to_str()), "cases": answers}


if __name__ == "__main__":
    if sys.argv[1] == "--cases":
        print("[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases()) + "]")
    else:
        write(*sys.argv[1:])
