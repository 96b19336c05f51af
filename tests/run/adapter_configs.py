#!/usr/bin/env python3
"""Changes entries of adapter_config.json, beside files as tests/fixtures/adapters.py writes them, and holds what `tlc check` says against what is expected.

  adapter_configs.py FOLDER
"""
import json, os, re, subprocess, sys

os.chdir(sys.argv[1])
failures = 0

SCRIPT = """use std.nn, std.optim, std.text

data reviews {
  source train lines("reviews.tsv", text = 0, label = 1, length = 8)
  text = pieces(text, "tiny")
}
model Judge {
  enc  = pretrained("tiny")
  head = Linear(enc.d, 2)
  forward(ids: tokens[b, t]) -> f32[b, 2] { head(mean_pool(enc(ids), ids)) }
}
finetune fit: Judge on reviews {
  RULES
  freeze enc except @adapter
  objective cross_entropy(label)
  optimizer AdamW(1e-2)
  batch 6;  steps 10
}
"""
LORA = ["adapt enc.**.q or enc.**.v with LoRA(2, alpha = 8) from FILE"]
APART = ["adapt enc.**.q with LoRA(2, alpha = 2) from FILE { ignore: \"**.value.**\" }", "adapt enc.**.v with LoRA(2, alpha = 8) from FILE { ignore: \"**.query.**\" }"]
STABLE = ["adapt enc.**.q or enc.**.v with LoRA(2, alpha = 8, stabilized = true) from FILE"]
IA3 = ["adapt enc.**.k or enc.**.v with IA3() from FILE { ignore: \"**.output.dense.ia3_l\" }", "adapt enc.**.ffn.down with IA3(inside = true) from FILE { ignore: \"**.self.**\" }"]
# As `peft` 0.21 writes them, besides what the adapter says itself.
NOTES = {"alora_invocation_tokens": None, "auto_mapping": {"base_model_class": "BertModel"}, "base_model_name_or_path": "bert", "bias": "none", "eva_config": None, "exclude_modules": None,
         "fan_in_fan_out": True, "inference_mode": True, "init_lora_weights": True, "layer_replication": None, "layers_pattern": None, "layers_to_transform": None, "loftq_config": {},
         "lora_bias": False, "megatron_core": "megatron.core", "modules_to_save": None, "peft_version": "0.21.2", "qalora_group_size": 16, "rank_pattern": {}, "alpha_pattern": {}, "revision": "main",
         "use_dora": False, "use_qalora": False}


def check(kind, changes, rules, expected):
    """`expected`: what the one error is, or None."""
    global failures
    config = json.load(open(f"{kind}/adapter_config.json"))
    config |= changes
    os.makedirs("changed", exist_ok=True)
    with open("changed/adapter_config.json", "w") as f:
        json.dump({key: value for key, value in config.items() if value != "absent"}, f)
    with open(f"{kind}/adapter_model.safetensors", "rb") as there, open("changed/adapter_model.safetensors", "wb") as here:
        here.write(there.read())
    with open("script.tl", "w") as f:
        f.write(SCRIPT.replace("RULES", "\n  ".join(rules)).replace("FILE", '"changed/adapter_model.safetensors"'))
    ran = subprocess.run(["tlc", "check", "--json", "script.tl"], stdout=subprocess.PIPE, text=True)
    errors = [each["message"] for each in json.loads(ran.stdout) if each["severity"] == "error"]
    if (errors if expected is None else len(errors) != 1 or not re.search(expected, errors[0])) or ran.returncode != (expected is not None):
        failures += 1
        print(f"{kind} with {changes}: ended with {ran.returncode}, and said {errors}; expected {expected}")


check("lora", {}, LORA, None)
check("lora", NOTES, LORA, None)
check("ia3", {}, IA3, None)

# What it sets for some modules.
check("lora", {"alpha_pattern": {"query": 2}}, LORA,
      r'`LoRA` here has lora_alpha = 8, and for `encoder.layer.0.attention.self.query` `./changed/adapter_config.json` says alpha_pattern = {"query":2}')
check("lora", {"alpha_pattern": {"query": 2}}, APART, None)
check("lora", {"alpha_pattern": {"layer.1.*query": 2}}, APART, r"`LoRA` here has lora_alpha = 2, `.*` says 8")
check("lora", {"rank_pattern": {"self.value": 4}}, LORA, r'`LoRA` here has r = 2, and for `encoder.layer.0.attention.self.value` .* says rank_pattern = {"self.value":4}')

# Which modules they are.
check("lora", {"target_modules": ["value", "encoder.layer.1.attention.self.query", "query"]}, LORA, None)
check("lora", {"target_modules": r".*\.(query|value)"}, LORA, None)
check("lora", {"target_modules": "all-linear"}, LORA, None)
check("lora", {"target_modules": ["key", "value"]}, LORA, r'`LoRA` here has `encoder.layer.0.attention.self.query` among its target_modules, and .* says target_modules = \["key","value"\]')
check("lora", {"target_modules": r".*\.value"}, LORA, r"among its target_modules, and .* says target_modules = ")
check("lora", {"exclude_modules": ["query"]}, LORA, r'says target_modules = \["query","value"\], exclude_modules = \["query"\]')
check("lora", {"layers_to_transform": [0, 1]}, LORA, None)
check("lora", {"layers_to_transform": [0]}, LORA, r"`LoRA` here has `encoder.layer.1.attention.self.query` among its target_modules, and .*, layers_to_transform = \[0\]")
check("lora", {"layers_to_transform": [0, 1], "layers_pattern": "layer"}, LORA, None)
check("lora", {"layers_to_transform": [0, 1], "layers_pattern": "h"}, LORA, r'layers_pattern = "h", layers_to_transform = \[0,1\]')
check("ia3", {"feedforward_modules": ["value", "output.dense"]}, IA3, r"`IA3` here has `encoder.layer.0.attention.self.value` not among its feedforward_modules, and")
check("ia3", {"feedforward_modules": []}, IA3, r"`IA3` here has `encoder.layer.0.output.dense` among its feedforward_modules, and")

# What it says nothing of, and what the adapter has nothing of.
check("rslora", {}, LORA, r"`LoRA` here has use_rslora = false, `.*` says true")
check("rslora", {}, STABLE, None)
check("lora", {"use_rslora": "absent"}, LORA, None)
check("lora", {"use_rslora": "absent"}, STABLE, r"`LoRA` here has use_rslora = true, `.*` says nothing of it, which is false")
for entry, value in {"use_qalora": True, "lora_bias": True, "layer_replication": [[0, 1]], "target_parameters": ["w"], "trainable_token_indices": [3], "alora_invocation_tokens": [1, 2],
                     "init_lora_weights": "pissa_niter_16", "of_next_year": 3}.items():
    check("lora", {entry: value}, LORA, re.escape(f"`./changed/adapter_config.json` says {entry} = {json.dumps(value, separators=(',', ':'))}, and `LoRA` here knows nothing of it"))
check("lora", {"init_lora_weights": "gaussian"}, LORA, None)
check("lora", {"modules_to_save": ["classifier", "score"]}, LORA, r'says modules_to_save = \["classifier","score"\], and `.*adapter_model.safetensors` has none of them')

# Adapters that come with what a stage before this one has trained, and from a file.
SCRIPT = SCRIPT.replace("\n}\nfinetune fit", """
}
model Again {
  net = Judge() from fit.last RULE
  forward(ids: tokens[b, t]) -> f32[b, 2] { net(ids) }
}
finetune fit""") + """finetune again: Again on reviews {
  adapt net.enc.**.q or net.enc.**.v with LoRA(2, alpha = 8) from FILE
  freeze net.enc except @adapter
  objective cross_entropy(label)
  optimizer AdamW(1e-2)
  batch 6;  steps 10
}
"""
WHOLE = SCRIPT
SCRIPT = WHOLE.replace("RULE\n", "\n")
check("lora", {}, LORA, r"`net.enc.blocks\[0\].attn.q.w.LoRA.a` is loaded twice: from `fit.last` by `net`, and from `changed/adapter_model.safetensors` by its adapter")
SCRIPT = WHOLE.replace("RULE\n", "{ ignore: @adapter }\n")
check("lora", {}, LORA, None)
sys.exit(failures > 0)
