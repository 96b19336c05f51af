"""Stages over a model: phases, freezes, rates, schedules, checkpoints that later stages start from, and tests."""
from .declarations import metric, objective, optimizer, schedule
from .tree import Node, sizes


class Stages:
    """What `Script` can say about training; see there for its fields."""

    def selectors(self):
        """Places of the model that a rule can name: (text, is it a weight or a part with weights)."""
        found = []
        for member in self.modelMembers.members:
            text = member.text()
            name = text.split(":")[0].split(" ")[1] if text.startswith("weight") else text.split(" ")[0]
            if text.startswith("weight") or any(word in text for word in ("Linear", "LayerNorm", "R0", "R1")):
                found.append(name)
        # What is given to another place is named by its first one.
        return found

    def makeStages(self):
        r = self.random
        optimizers = [optimizer(self) for _ in range(r.choice([0, 1, 1]))]
        self.declared += optimizers
        ownObjective = r.random() < 0.6 or self.hasTwoResults
        if ownObjective:
            self.declared.append(objective(self))
        if r.random() < 0.4:
            self.declared.append(metric(self))
            self.hasMetric = True
        else:
            self.hasMetric = False
        names = []
        self.isStill, self.sameLoss, self.frozen, self.keeps = False, None, [], set()
        count = r.choice([1, 1, 1, 2])
        for i in range(count):
            name = f"s{i}"
            model = "M"
            if i > 0:
                self.note("from a checkpoint")
                model = f"N{i}"
                which = r.choice(["best", "last"])
                self.isStill = self.hasVal and not self.mayMix and r.random() < 0.8 and not any(
                    word in feature for word in ("random", "buffer") for feature in self.features)
                if self.isStill:
                    self.note("another batch size")
                    which = "last"
                which = which if names[-1] in self.keeps else "last"
                self.which = which
                extra = r.random() < 0.5 and not self.isStill
                shape = self.fields[self.plain][0]
                ins = ", ".join(t.split(":")[0] for t in self.inputs)
                post = f" * scale" if extra else ""
                result = f"core({ins})"
                if self.hasTwoResults:
                    inner = f"y, z = core({ins})\n    y{post}, z"
                    results = f"(f32{sizes(self.out)}, f32[b])"
                else:
                    inner, results = result + post, f"f32{sizes(self.out)}"
                self.declared.append(Node(f"model {model} {{\n  core = M() from {names[-1]}.{which}\n", f"  weight scale: f32[{self.out[-1]}] = 1 @gate\n" if extra else "",
                                          f"  forward({', '.join(self.inputs)}) -> {results} {{\n    {inner}\n  }}\n}}"))
            self.declared.append(self.stage(name, model, "core" if i > 0 else "", ownObjective, bool(optimizers), i + 1 == count))
            names.append(name)
            if i > 0 and self.isStill:
                self.sameLoss = (names[-2], name)
        if self.hasTest and r.random() < 0.9:
            self.note("test")
            metrics = {"class": ["accuracy", "top_k(k = 2)", "confusion"], "value": ["mean_squared_error"], "restore": ["mean_squared_error"]}[self.kind]
            if self.kind == "class" and "target" in self.fields:
                metrics = metrics[:2]
            reports = [self.lossNames.get(names[-1], "loss")] + (["off"] if self.hasMetric else [])
            if self.kind == "class" and not self.hasTwoResults:
                reports += r.sample(metrics, 1)
            which = r.choice(["best", "last"])
            which = which if names[-1] in self.keeps else "last"
            self.declared.append(Node(f"test {names[-1]}.{which} on d.test {{ report {', '.join(reports)} }}", isOptional=True))
        self.moreStages(names, bool(optimizers))

    def objectiveText(self, own):
        r = self.random
        if own:
            return "objective goal()"
        if self.kind == "class":
            return "objective cross_entropy(label)" if r.random() < 0.6 else "objective cross_entropy(label, smoothing = 0.2)"
        if self.kind == "value":
            return r.choice(["objective regression(target)", "objective regression(target, error = bce_with_logits)"])
        return r.choice(["objective reconstruction(mse)", "objective reconstruction(mse, corrupt = gaussian(0.2))", "objective reconstruction(mae, corrupt = mask(0.25))"])

    def stage(self, name, model, below, own, hasOptimizer, isLast):
        r = self.random
        goal = self.lastGoal if self.isStill else self.objectiveText(own)
        self.lastGoal = goal
        lines = [Node("  " + goal + "\n")]
        path = (below + ".") if below else ""
        if self.isStill:
            lines += [Node(f"  optimizer SGD(0.0)\n  batch {r.choice([n for n in range(1, 9) if n != self.lastBatch])}\n  epochs 1\n")]
            return Node(f"finetune {name}: {model} on d {{\n", *lines, "}")
        if hasOptimizer and r.random() < 0.8:
            self.note("own optimizer")
            used = "optimizer Own(0.05" + r.choice([")", ", beta = 0.5)", ", decay = 0.1)"])
        else:
            used = "optimizer " + r.choice(["SGD(0.1)", "SGD(0.05, momentum = 0.8)", "SGD(0.05, momentum = 0.7, nesterov = true)", "SGD(0.1, decay = 0.1)",
                                            "Adam(0.02, eps = 0.05)", "AdamW(0.02, eps = 0.05, decay = 0.1)", "SGD(rate)",
                                            "SGD(0.1)", "Adagrad(0.05, eps = 0.1)", "SparseAdam(0.02, eps = 0.1)"])
            self.note(used.split("(")[0])
            if "rate" in used and not any("param rate" in each.text() for each in self.declared):
                self.declared.append(Node("param rate = 0.07 in [0, 1]"))
                self.note("param")
        chosen = len(lines)
        lines.append(Node("  " + used + "\n"))
        if r.random() < 0.4:
            self.note("schedule")
            lines.append(Node("  " + r.choice(["schedule cosine()", "schedule warmup(0.3)", "schedule warmup(0.2, then = linear())", "schedule linear(final = 0.3)",
                                               "schedule constant(0.5)", "schedule one_cycle()", "schedule falling(0.7)", "schedule across phases cosine()", "schedule across phases warmup(0.2, then = cosine(0.2))"]) + "\n", isOptional=True))
            if "falling" in lines[-1].text() and not any("falling" in each.text() for each in self.declared):
                self.declared.append(schedule(self))
                self.note("own schedule")
        batch = self.batch if r.random() < 0.6 else r.randrange(1, self.batch + 1)
        if self.features.get("batch statistics") or self.features.get("buffer"):
            batch = max(batch, 2)  # of one record there are no statistics, and a model with a buffer may take some
        self.lastBatch = batch
        if r.random() < 0.15:
            self.note("epochs of a param")
            if not any("param passes" in each.text() for each in self.declared):
                self.declared.append(Node("param passes: int = 2 in [1, 9]"))
        length = "epochs passes" if self.features.get("epochs of a param") and r.random() < 0.7 else r.choice(["epochs 2", "epochs 1", "epochs 3", f"steps {self.steps + 1}", f"steps {self.steps}"])
        lines.append(Node(f"  batch {batch}\n"))
        if r.random() < 0.25:
            self.note("accumulate")
            lines.append(Node(f"  accumulate {r.randrange(2, 5)}\n", isOptional=True))
        if r.random() < 0.3:
            self.note("clip norm")
            lines.append(Node(f"  clip norm {r.choice(['0.1', '0.5', '2.0'])}\n", isOptional=True))
        if self.hasVal and r.random() < 0.4:
            self.note("keep best")
            self.keeps.add(name)
            lines.append(Node("  keep best(val.loss)\n", isOptional=True))
        places = self.selectors()
        if len(places) > 1 and r.random() < 0.6:
            self.note("phases")
            frozen = r.sample(places, r.randrange(1, len(places)))
            suffix = r.choice(["", "", " with dropout", " updating stats"])
            texts = {p: next(m.text() for m in self.modelMembers.members if m.text().startswith((p + " ", f"weight {p}:"))) for p in frozen}
            fits = {"": lambda t: True, " with dropout": lambda t: not t.startswith("weight"),
                    " updating stats": lambda t: any(f" {n}(" in t for n in self.withBuffers)}[suffix]
            rules = "; ".join(f"freeze {path}{p}{suffix if fits(texts[p]) else ''}" for p in frozen)
            self.note("freeze" + suffix)
            early = "; stop early(val.loss, patience = 1)" if self.hasVal and r.random() < 0.3 else ""
            first = Node(f"  phase first {{ {rules}; {length} }}\n")
            second = [f"lr 0.5x for {path}{r.choice(frozen)}; ", "", f"freeze {path}{frozen[0]}; " if len(frozen) > 1 else ""][r.randrange(3)]
            if r.random() < 0.25 and not any("Back(" in m.text() for m in self.modelMembers.members):
                rules, second = f"freeze **; train {path}{r.choice(places)}", r.choice(["", f"lr 0.01 for {path}{r.choice(places)}; "])
                first = Node(f"  phase first {{ {rules}; {length} }}\n")
                self.note("train")
            if second:
                self.note("second phase " + second.split()[0])
            middle = []
            if len(frozen) > 1 and "**" not in rules and r.random() < 0.5:
                self.note("gradual unfreezing")
                middle = [Node(f"  phase middle {{ freeze {path}{frozen[0]}; {length} }}\n", isOptional=True)]
            alike = self.modePhases(path, rules + "; ", length) if "**" not in rules else None
            lines += alike or [first, *middle, Node(f"  phase second {{ {second}{length}{early} }}\n", isOptional=True)]
        else:
            if len(places) > 1 and r.random() < 0.3:
                self.note("freeze in the stage")
                place = r.choice(places)
                lines.append(Node(f"  freeze {path}{place}\n", isOptional=True))
                if below and self.which == "last":
                    self.frozen.append((name, f"{path}{place}", place))
            elif places and r.random() < 0.3:
                self.note("lr factor")
                lines.append(Node(f"  lr 0.3x for {path}{r.choice(places)}\n", isOptional=True))
            lines += self.modePhases(path, "", length) or [Node(f"  {length}\n")]
            weights = [m.text() for m in self.modelMembers.members if m.text().startswith("weight")]
            roles = sorted({role for text in weights for role in ("@bias", "@norm", "@gate") if text.endswith(role)})
            if "decay = 0.1" in used and roles and not any("freeze" in line.text() for line in lines) and any("@" not in text for text in weights):
                self.note("decay except")
                used = used.replace("decay = 0.1", f"decay = 0.1 {r.choice(['except', 'for'])} {r.choice(roles)}")
                lines[chosen] = Node("  " + used + "\n")
        return Node(f"{'finetune' if below else 'pretrain'} {name}: {model} on d {{\n", *self.finetuned(name, path, lines, isLast), "}")
