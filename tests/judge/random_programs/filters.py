"""Conditions on records. The interpreter asks the same code as a program which records a condition keeps, so it is given files that have these alone:
a line that ends in `# filtered` is not in its script, and what `#| ` hides is."""
import re

from .tree import Node


def unfiltered(text):
    """The script without conditions; each line stands where it stood."""
    return re.sub(r"(?m)^#\| ", "", re.sub(r"(?m)^.*# filtered$", "", text))



class Records:
    """What a source's files have, record by record: `values` {what a condition can ask for: numbers}."""

    def __init__(self, script, name):
        self.name, self.files = name, script.files
        self.isTable = name + ".csv" in script.files
        self.values = {}
        if self.isTable:
            self.rows = [line.split(",") for line in script.files[name + ".csv"].decode().splitlines()]
            columns, targets = script.fields["x"][0][1], script.fields.get("target", (("b", 0),))[0][1]
            for i in range(columns):
                self.values[f"x[{i}]"] = [float(row[i]) for row in self.rows]
            for i in range(targets):
                self.values[f"target[{i}]"] = [float(row[columns + i]) for row in self.rows]
            if "label" in script.fields:
                self.values["label"] = [int(row[-1][1:]) for row in self.rows]
        else:
            data = script.files[name + ".images"]
            self.shape = script.fields["image"][0][1:]
            self.size = self.shape[0] * self.shape[1]
            pixels, labels = data[16:], script.files[name + ".labels"][8:]
            self.rows = [(pixels[i * self.size:(i + 1) * self.size], labels[i]) for i in range(len(labels))]
            for i in range(self.size):
                self.values[f"image[{i // self.shape[1]}, {i % self.shape[1]}]"] = [row[0][i] for row in self.rows]
            self.values["label"] = [row[1] for row in self.rows]

    def write(self, name, numbers):
        """A source's files with the records of these numbers."""
        rows = [self.rows[i] for i in numbers]
        if self.isTable:
            self.files[name + ".csv"] = "".join(",".join(row) + "\n" for row in rows).encode()
        else:
            count = len(rows).to_bytes(4, "big")
            self.files[name + ".images"] = self.files[self.name + ".images"][:4] + count + self.files[self.name + ".images"][8:16] + b"".join(row[0] for row in rows)
            self.files[name + ".labels"] = self.files[self.name + ".labels"][:4] + count + bytes(row[1] for row in rows)


class Filters:
    """What `Script` adds to its data; see there for its fields."""

    def filtered(self, lines):
        """The sources of the data, some with conditions on their records."""
        r = self.late
        if r.random() >= 0.2:
            return lines
        self.lengthen("train")
        files = {"train": "train", "val": "few", "test": "other"}
        there = [line.split(" ")[1] for line in lines]
        if self.hasVal and r.random() < 0.35:
            return self.filteredParts(lines)
        chosen = ["train"] * (r.random() < 0.75) + [each for each in there[1:] if r.random() < 0.4]
        made = []
        for name, line in zip(there, lines):
            found = self.condition(Records(self, files[name]), None, self.batch + 2 if name == "train" else 1) if name in chosen or not chosen and name == "train" else None
            if found:
                self.note(f"where on {name}")
                condition, kept = found
                Records(self, files[name]).write("kept-" + files[name], kept)
                line += f" where {condition}  # filtered\n#|   " + self.ofKept(line, files[name], files[name])
            made.append(line)
        return made

    def filteredParts(self, lines):
        """One source in two parts, of which one, or both, are of some of its records."""
        records = Records(self, "train")
        border = len(records.rows) * 3 // 4
        parts = {"train": range(border), "val": range(border, len(records.rows))}
        which = self.late.choice([["train"], ["val"], ["train", "val"]])
        texts = []
        for name, share in (("train", "0.75"), ("val", "0.25")):
            condition, kept = (name in which and self.condition(records, parts[name], self.batch + 2 if name == "train" else 1)) or ("", parts[name])
            if condition:
                self.note("where on a part")
            records.write("kept-" + name, kept)
            texts.append(f"{name} {share}" + (f" where {condition}" if condition else ""))
        train, val, *rest = lines
        return [f"{train}  # filtered\n#|   {self.ofKept(train, 'train', 'train')}\n  split {', '.join(texts)} by position  # filtered\n#|   {self.ofKept(val, 'few', 'val')}", *rest]

    @staticmethod
    def ofKept(line, file, kept):
        return re.sub(rf'"{file}\.', f'"kept-{kept}.', line)

    def lengthen(self, name):
        """A source with more records, so that enough are left."""
        records = Records(self, name)
        records.rows += self.drawn(records, self.batch + 7)
        records.write(name, range(len(records.rows)))

    def besideData(self):
        """Data `e` of the form of the script's own, with records of its own. How many there are to train on."""
        if not any(each.text().startswith("data e ") for each in self.declared):
            records = Records(self, "train")
            for name, count in [("beside", self.late.randrange(5, 15))] + [("beside-val", self.late.randrange(4, 9))] * self.hasVal:
                records.rows = self.drawn(records, max(count, self.classes + 1))
                records.write(name, range(len(records.rows)))
            sources = [f"source train {self.reader('beside')}"] + [f"source val {self.reader('beside-val')}"] * self.hasVal
            self.declared.append(Node("data e {\n" + "".join(f"  {line}\n" for line in sources + self.rules) + "}"))
        return len(Records(self, "beside").rows)

    def drawn(self, records, count):
        """So many more records of a source."""
        r, rows = self.late, []
        for i in range(len(records.rows), len(records.rows) + count):
            if records.isTable:
                row = [f"{r.uniform(-1.7, 1.7):.3f}" for _ in records.rows[0]]
                if "label" in self.fields:
                    row[-1] = f"k{i % self.classes}"
            else:
                row = (bytes(r.randrange(256) for _ in range(records.size)), i % self.classes)
            rows.append(row)
        return rows

    def condition(self, records, part, least):
        """(text, the records kept of a part), of which there are enough of every class; None where none was found."""
        r, part = self.late, part or range(len(records.rows))
        for _ in range(40):
            text, kept = self.comparison(records)
            if r.random() < 0.4:
                other, also = self.comparison(records)
                way = r.choice(["and", "or", "and not", "or not"])
                also = set(range(len(records.rows))) - also if "not" in way else also
                text, kept = f"({text}) {way} ({other})", kept & also if "and" in way else kept | also
            if r.random() < 0.2:
                text, kept = f"not ({text})", set(range(len(records.rows))) - kept
            of = [i for i in part if i in kept]
            labels = records.values.get("label")
            if least <= len(of) < len(part) and (not labels or len({labels[i] for i in of}) == len({labels[i] for i in part})):
                return text, of
        return None

    def comparison(self, records):
        """(text, the records of which it is true)"""
        r = self.late
        fields = sorted(each for each in records.values if each != "label")
        if "label" in records.values and r.random() < 0.15:
            numbers, number = records.values["label"], r.randrange(self.classes)
            if not records.isTable or r.random() < 0.4:
                return f"label > {number - 0.5}", {i for i, n in enumerate(numbers) if n > number - 0.5}
            return f'label == "k{number}"', {i for i, n in enumerate(numbers) if n == number}
        what = [r.choice(fields) for _ in range(r.choice([1, 1, 1, 2]))]
        values = [sum(records.values[each][i] for each in what) for i in range(len(records.rows))]
        # Between two numbers that records can have, in f32 as in double.
        border = f"{r.choice(values) + r.choice([-0.0005, 0.0005]):.4f}" if records.isTable else f"{r.choice(values)}.5"
        sign = r.choice(["<", "<=", ">", ">="])
        kept = {i for i, value in enumerate(values) if (value < float(border)) == ("<" in sign)}
        if r.random() < 0.25:
            name = f"border{sum(each.text().startswith('dim border') for each in self.declared)}"
            self.declared.append(Node(f"dim {name} = {border}"))
            border = name
        return f"{' + '.join(what)} {sign} {border}", kept
