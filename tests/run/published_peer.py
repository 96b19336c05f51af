#!/usr/bin/env python3
"""Compares published models of every kind with PyPI's `transformers`, there and back.

  published_peer.py TLC FOLDER

Small models with random weights, as bodies, with a head for classes of texts or of tokens and with one for tokens, are saved by transformers, read by
`pretrained`, `TextClassifier`, `TokenClassifier`, `CausalModel` and `MaskedModel`, trained by a step that changes nothing, asked, and exported; transformers reads what was exported, in 16 bits too.
"""
import json, os, subprocess, sys
import numpy, tokenizers, torch, transformers

TEXTS = ["a good film, not great.", "very poorly dull", "it was fine"]
SCRIPT = """use std.nn, std.optim, std.text
data reviews {
  source train lines("reviews.tsv", text = 0, label = 1)
  text = pieces(text, "tiny", length = 10)
}
model Net {
  part = %s
  out = Linear(1, 1)
  forward(ids: tokens[b, t]) -> (f32[b, %s], f32[b, t], f32[b, 1]) {
    y = %s
    y, to_float(ids), out(to_float(lengths(ids))[:, none])
  }
}
objective near(y: f32[b, d], ids: f32[b, t], z: f32[b, 1], label: i32[b]) {
  e = z[:, 0] - to_float(label)
  loss = sum(e * e) over count(e)
}
fn values(y: f32[b, d], ids: f32[b, t], z: f32[b, 1]) -> f32[b, d] { y }
fn numbers(y: f32[b, d], ids: f32[b, t], z: f32[b, 1]) -> f32[b, t] { ids }
finetune fit: Net on reviews {
  objective near(label = label)
  optimizer SGD(1e-9)
  freeze part
  batch 3;  epochs 1
}
deploy fit.last { say(text) -> values, numbers }
"""

tlc, folder = sys.argv[1:]
transformers.logging.set_verbosity_error()
torch.manual_seed(0)
encoder = dict(vocab_size=23, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32)
roberta = encoder | dict(max_position_embeddings=22, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1)
decoder = encoder | dict(num_key_value_heads=2, pad_token_id=0)
scaled = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}
CONFIGS = {
    "bert": transformers.BertConfig(**encoder, max_position_embeddings=20),
    "roberta": transformers.RobertaConfig(**roberta),
    "xlm-roberta": transformers.XLMRobertaConfig(**roberta),
    "distilbert": transformers.DistilBertConfig(vocab_size=23, dim=16, n_layers=2, n_heads=4, hidden_dim=32, max_position_embeddings=20),
    "gpt2": transformers.GPT2Config(vocab_size=23, n_embd=16, n_layer=2, n_head=4, n_positions=20, pad_token_id=0),
    "llama": transformers.LlamaConfig(**decoder, rope_parameters=scaled),
    "mistral": transformers.MistralConfig(**decoder, sliding_window=4, head_dim=8),
    "qwen2": transformers.Qwen2Config(**decoder),
}
os.chdir(folder)


def run(*command, **more):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def asked(model, ids, head):
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long))
    return (out.logits if head else out.last_hidden_state).numpy().ravel()


def compare(source, head, kind):
    """The greatest difference of what the program says from the model that was read, and from the one that was exported."""
    part, width = {"": (f'pretrained("{source}")', 16), "classes": (f'TextClassifier("{source}", 2)', 0),
                   "labels": (f'TokenClassifier("{source}", 2)', 2)}.get(head, (f'{head}("{source}")', 23))
    width, call = (f"t * {width}", f"part(ids) as [b, t * {width}]") if width else ("2", "part(ids)")
    with open("net.tl", "w") as f:
        f.write(SCRIPT % (part, width, call))
    back = f"{source}{head}-back"
    run(tlc, "build", "net.tl")
    run("./net", "--out", f"{back}-run")
    said = run("./net", "say", "--run", f"{back}-run", input="".join(json.dumps(text) + "\n" for text in TEXTS)).stdout
    run("./net", "export", "fit.last", "--huggingface", back, "--run", f"{back}-run")
    tokenizer = tokenizers.Tokenizer.from_file(f"{back}/tokenizer.json")  # which was made of a vocab.txt
    for text, row in zip(TEXTS, map(json.loads, said.splitlines()), strict=True):
        ids = tokenizer.encode(text).ids
        assert ids == [int(number) for number in row["numbers"]][:len(ids)], (text, ids, row["numbers"])
    apart = []
    for model in ([] if head and source.endswith("base") else [source]) + [back]:  # a head that starts anew is only in the second
        model, worst = getattr(transformers, kind).from_pretrained(model).eval(), 0
        for row in map(json.loads, said.splitlines()):
            ids = [int(number) for number in row["numbers"]]
            values = asked(model, ids[:ids.index(3) + 1], head)
            worst = max(worst, abs(values - numpy.array(row["values"])[:values.size]).max())
        apart.append(float(worst))
    for dtype, there in (("bf16", torch.bfloat16), ("f16", torch.float16)):
        run("./net", "export", "fit.last", "--huggingface", f"{back}-{dtype}", "--dtype", dtype, "--run", f"{back}-run")
        narrow = getattr(transformers, kind).from_pretrained(f"{back}-{dtype}", dtype="auto")
        assert narrow.dtype == there, narrow.dtype
        for name, weight in narrow.state_dict().items():
            assert "pooler" in name or weight.equal(model.state_dict()[name].to(weight.dtype)), name  # a pooler that the layout leaves out is drawn
    return max(apart)


failed = 0
for name, config in CONFIGS.items():
    is_encoder = name in ("bert", "roberta", "xlm-roberta", "distilbert")
    for form, kind in (("base", "AutoModel"), ("classes", "AutoModelForSequenceClassification"),
                       ("tokens", "AutoModelForMaskedLM" if is_encoder else "AutoModelForCausalLM"),
                       *[("labels", "AutoModelForTokenClassification")] * is_encoder):
        model = getattr(transformers, kind).from_config(config)
        for weight in model.parameters():
            weight.data += 0.1 * torch.randn_like(weight)
        model.save_pretrained(f"{name}-{form}")
        tokens = ("MaskedModel" if is_encoder else "CausalModel"), kind
        classes, labels = ("classes", "AutoModelForSequenceClassification"), ("labels", "AutoModelForTokenClassification")
        heads = [("", "AutoModel"), tokens if form == "tokens" else labels if form == "labels" else classes, *[labels] * (form == "base" and is_encoder)]
        for head, back in heads:
            apart = compare(f"{name}-{form}", head, back)
            failed += apart > 3e-6
            print(f"{name}, saved as {kind}, read {'as ' + back if head else 'without a head'}: {apart:.1e} apart")
sys.exit(failed > 0)
