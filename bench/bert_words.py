#!/usr/bin/env python3
"""Trains examples/bert_words.tl in PyTorch: the same words, hidden places, layers, rates, phases and choice of the best; prints
the share of test reviews told rightly, which the example is measured by.

  bert_words.py FOLDER [--seed 1] [--threads 1] [--words 10]      FOLDER: train.tsv dev.tsv test.tsv; words: epochs on words
"""
import argparse, collections, copy, math, os, re
import torch
from torch import nn
from torch.nn import functional as F

LENGTH, D, HEADS, DEPTH, MOST, BATCH, RATE = 40, 128, 4, 2, 8000, 32, 1e-3
MASK, SPECIAL = 2, 4


def tokens(line):
    lowered = re.sub(r"[A-Z]", lambda m: m[0].lower(), line)
    return re.findall(r"[a-z0-9'\u0080-\U0010ffff]+|[^\x00-\x20\x7fa-z0-9'\u0080-\U0010ffff]", lowered)


def read(folder):
    rows = {}
    for name, file in (("train", "train.tsv"), ("val", "dev.tsv"), ("test", "test.tsv")):
        with open(os.path.join(folder, file), encoding="utf-8", newline="\n") as f:
            cells = [line.rstrip("\n").split("\t") for line in f if line.strip()]
        rows[name] = [(tokens(text), int(label)) for text, label in cells]
    counts = collections.Counter(word for words, _ in rows["train"] for word in words)
    order = sorted(counts, key=lambda word: (-counts[word], word.encode()))[:MOST - SPECIAL]
    number = {word: SPECIAL + i for i, word in enumerate(order)}
    sets = {}
    for name, lines in rows.items():
        ids = torch.zeros(len(lines), LENGTH, dtype=torch.long)
        for row, (words, _) in zip(ids, lines):
            kept = [number.get(word, 1) for word in words[:LENGTH]]
            row[:len(kept)] = torch.tensor(kept)
        lengths = torch.tensor([min(len(words), LENGTH) for words, _ in lines])
        sets[name] = ids, lengths, torch.tensor([label for _, label in lines])
    return sets, SPECIAL + len(order)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(D, D) for _ in range(4))
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)
        self.norm1, self.norm2 = nn.LayerNorm(D, 1e-12), nn.LayerNorm(D, 1e-12)
        self.drop = nn.Dropout(0.1)

    def forward(self, x, keep):
        b, t, _ = x.shape
        q, k, v = (part(x).view(b, t, HEADS, D // HEADS).transpose(1, 2) for part in (self.q, self.k, self.v))
        score = (q @ k.transpose(2, 3) / math.sqrt(D // HEADS)).masked_fill(~keep[:, None, None, :], -1e30)
        y = (self.drop(score.softmax(-1)) @ v).transpose(1, 2).reshape(b, t, D)
        h = self.norm1(x + self.drop(self.out(y)))
        return self.norm2(h + self.drop(self.down(F.gelu(self.up(h)))))


class Encoder(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.tok, self.pos, self.kind = nn.Embedding(vocabulary, D), nn.Embedding(LENGTH, D), nn.Embedding(2, D)
        self.norm, self.drop = nn.LayerNorm(D, 1e-12), nn.Dropout(0.1)
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))

    def forward(self, ids, lengths):
        keep = torch.arange(ids.shape[1]) < lengths[:, None]
        x = self.drop(self.norm(self.tok(ids) + self.kind.weight[0] + self.pos.weight[:ids.shape[1]]))
        for block in self.blocks:
            x = block(x, keep)
        return x


class Guesser(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.enc, self.dense, self.norm = Encoder(vocabulary), nn.Linear(D, D), nn.LayerNorm(D, 1e-12)
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, ids, lengths, places):
        h = self.enc(ids, lengths).gather(1, places[:, :, None].expand(-1, -1, D))
        return self.norm(F.gelu(self.dense(h))) @ self.enc.tok.weight.T + self.bias


class Judge(nn.Module):
    def __init__(self, enc):
        super().__init__()
        self.enc, self.drop, self.head = enc, nn.Dropout(0.1), nn.Linear(D, 2)

    def forward(self, ids, lengths):
        keep = (torch.arange(ids.shape[1]) < lengths[:, None]).float()
        return self.head(self.drop((self.enc(ids, lengths) * keep[:, :, None]).sum(1) / lengths[:, None]))


def fresh(module):
    """The library's initial values: normal of 0.02 for the encoder and the guesses, Glorot's for the judge's head."""
    for name, w in module.named_parameters():
        if name == "head.weight":
            nn.init.xavier_uniform_(w)
        elif w.dim() == 2:
            nn.init.normal_(w, 0, 0.02)
        elif name.endswith("bias"):
            nn.init.zeros_(w)


def hide(ids, lengths, vocabulary):
    b, t = ids.shape
    n = (0.15 * lengths + 0.5).long().clamp(min=1)
    j = torch.arange(int(0.15 * t + 0.5))
    start = j * lengths[:, None] // n[:, None]
    room = (j + 1) * lengths[:, None] // n[:, None] - start
    counts = j < n[:, None]
    places = torch.where(counts, start + (torch.rand(b, len(j)) * room).long(), 0)
    chosen = ((places[:, :, None] == torch.arange(t)) & counts[:, :, None]).any(1)
    way, other = torch.rand(b, t), torch.randint(SPECIAL, vocabulary, (b, t))
    damaged = torch.where(chosen, torch.where(way < 0.8, MASK, torch.where(way < 0.9, other, ids)), ids)
    return damaged, places, ids.gather(1, places), counts


def groups(model, rate_of):
    """AdamW's groups: a rate for each tensor that trains, no decay for biases and norms."""
    made = []
    for name, w in model.named_parameters():
        if rate_of(name):
            w.requires_grad = True
            plain = w.dim() == 1
            made.append({"params": [w], "lr": RATE * rate_of(name), "weight_decay": 0.0 if plain else 0.01})
        else:
            w.requires_grad = False
    return made


def batches(count, shuffled):
    order = torch.randperm(count) if shuffled else torch.arange(count)
    return [order[i:i + BATCH] for i in range(0, count, BATCH)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--words", type=int, default=10)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    sets, vocabulary = read(options.folder)

    model = Guesser(vocabulary)
    fresh(model)
    made = groups(model, lambda name: 1.0)
    optimizer = torch.optim.AdamW(made)
    ids, lengths, _ = sets["train"]
    steps, step, best = options.words * len(batches(len(ids), False)), 0, (math.inf, None)

    def guess_loss(ids, lengths):
        damaged, places, target, counts = hide(ids, lengths, vocabulary)
        return F.cross_entropy(model(damaged, lengths, places)[counts], target[counts], reduction="sum"), counts.sum()

    for epoch in range(options.words):
        model.train()
        for chosen in batches(len(ids), True):
            factor = (step + 1) / 200 if step < 200 else 1 - (step - 200) / (steps - 200)
            for group in optimizer.param_groups:
                group["lr"] = RATE * factor
            total, count = guess_loss(ids[chosen], lengths[chosen])
            optimizer.zero_grad(set_to_none=True)
            (total / count).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
        model.eval()
        with torch.no_grad():
            state = torch.get_rng_state()
            torch.manual_seed(0)
            parts = [guess_loss(sets["val"][0][c], sets["val"][1][c]) for c in batches(len(sets["val"][0]), False)]
            torch.set_rng_state(state)
        val = float(sum(t for t, _ in parts) / sum(n for _, n in parts))
        print(f"words, epoch {epoch + 1}: val.loss {val:.4f}", flush=True)
        if val < best[0]:
            best = val, copy.deepcopy(model.enc.state_dict())
    model.enc.load_state_dict(best[1])

    judge = Judge(model.enc)
    fresh(judge.head)
    nn.init.xavier_uniform_(judge.head.weight)

    def accuracy(name):
        judge.eval()
        ids, lengths, labels = sets[name]
        with torch.no_grad():
            right = sum(int((judge(ids[c], lengths[c]).argmax(1) == labels[c]).sum()) for c in batches(len(ids), False))
        return right / len(ids)

    last = f"enc.blocks.{DEPTH - 1}."
    phases = [("head", 1, lambda name: 0 if name.startswith("enc.") else 1), ("full", 3, lambda name: 0.3 if name.startswith("enc.") else 1)]
    phases.insert(1, ("upper", 1, lambda name: 0.3 if name.startswith(last) else 0 if name.startswith("enc.") else 1))
    best, optimizer = (-1, None), torch.optim.AdamW([{"params": [w], "weight_decay": 0.0 if w.dim() == 1 else 0.01} for w in judge.parameters()], lr=RATE)
    labels = sets["train"][2]
    for phase, epochs, rate_of in phases:
        rates = [rate_of(name) for name, _ in judge.named_parameters()]
        for w, rate in zip(judge.parameters(), rates):
            w.requires_grad = rate > 0
            w.grad = None
        steps, step = epochs * len(batches(len(ids), False)), 0
        for epoch in range(epochs):
            judge.train()
            for name, child in judge.enc.named_modules():  # frozen layers run in evaluation mode
                child.training = any(p.requires_grad for p in child.parameters()) or phase == "full" or (phase == "upper" and name.startswith(last[4:-1]))
            for chosen in batches(len(ids), True):
                for group, rate in zip(optimizer.param_groups, rates):
                    group["lr"] = RATE * rate * (1 - step / steps if phase == "full" else 1)
                optimizer.zero_grad(set_to_none=True)
                F.cross_entropy(judge(ids[chosen], lengths[chosen]), labels[chosen]).backward()
                optimizer.step()
                step += 1
            val = accuracy("val")
            print(f"opinion, {phase}, epoch {epoch + 1}: val.accuracy {val:.4f}", flush=True)
            if val > best[0]:
                best = val, copy.deepcopy(judge.state_dict())
    judge.load_state_dict(best[1])
    print(f"test.accuracy {accuracy('test'):.4f}")


if __name__ == "__main__":
    main()
