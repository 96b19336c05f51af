#!/usr/bin/env python3
"""Has PyPI's `transformers` go on with texts, greedily and with a penalty, and compares with the committed answers. Beyond the places that a program sees, it
is asked for one token after the other of as many as there are.

  continued_peer.py FOLDER ANSWERS.JSON [--write]        FOLDER: what tests/fixtures/causal.py wrote
"""
import json, sys
import torch, transformers

PLACES, TOKENS, PENALTY = 60, 40, 1.3
TEXTS = ["a", "the cat", "To be, or not to be, that is", "A long text: it comes to the end of what is seen, and further."]

folder, path, *flags = sys.argv[1:]
transformers.logging.set_verbosity_error()


def beyond(model, ids, penalty):
    for _ in range(TOKENS):
        logits = model(input_ids=ids[:, -PLACES:]).logits[:, -1]
        if penalty != 1:
            logits = transformers.RepetitionPenaltyLogitsProcessor(penalty)(ids, logits)
        ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], dim=1)
        if ids[0, -1] == model.config.eos_token_id:
            break
    return ids


@torch.no_grad()
def go_on(model, tokenizer, text, penalty):
    ids = tokenizer(text, return_tensors="pt").input_ids
    if ids.shape[1] + TOKENS > PLACES + 1:
        return tokenizer.decode(beyond(model, ids, penalty)[0], skip_special_tokens=True)
    out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=TOKENS, repetition_penalty=penalty, pad_token_id=0)
    return tokenizer.decode(out[0], skip_special_tokens=True)


answers = {}
for kind in ("gpt2", "llama", "mistral", "qwen2"):
    model = transformers.AutoModelForCausalLM.from_pretrained(f"{folder}/{kind}").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(f"{folder}/{kind}")
    for name, penalty in (("near", 1.0), ("far", PENALTY)):
        answers[f"{kind}_{name}"] = {text: go_on(model, tokenizer, text, penalty) for text in TEXTS}
if "--write" in flags:
    with open(path, "w") as f:
        json.dump(answers, f, indent=1)
        f.write("\n")
with open(path) as f:
    committed = json.load(f)
print(f"{sum(map(len, answers.values()))} texts of transformers {transformers.__version__} compared")
sys.exit(answers != committed)
