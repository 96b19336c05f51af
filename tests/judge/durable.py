"""A model of what a loss of power would leave, fed with the system calls of a run: which bytes and which names are on disk,
and which rules of saving a call breaks."""
import os, re

TRACED = ("open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,ftruncate,truncate,fallocate,copy_file_range,"
          "sendfile,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,sync_file_range")
CHECKPOINT = re.compile(r"/checkpoints/(\w+)-(\d+)$")
LOGS = ("metrics.jsonl", "tb/events.out.tfevents.0.tl")


def lines(log):
    """The finished calls of an strace log, [(call, arguments, result)], those that were interrupted put together."""
    begun = {}
    with open(log, errors="replace") as f:
        for line in f:
            pid, line = line.rstrip("\n").split(None, 1)
            if line.endswith("<unfinished ...>"):
                begun[pid] = line.removesuffix("<unfinished ...>")
                continue
            if resumed := re.match(r"<\.\.\. \w+ resumed>", line):
                line = begun.pop(pid) + line[resumed.end():]
            if call := re.match(r"(\w+)\((.*)\) += (-?\d+)(.*)$", line):
                yield call[1], call[2], int(call[3]), call[4]


class Node:
    """A file or folder. Its name is on disk when its folder was synced since; its bytes when it was."""

    def __init__(self, isFolder, isOnDisk=False):
        self.isFolder, self.isNamed, self.isClean, self.names, self.saved = isFolder, isOnDisk, isOnDisk, {}, None


class Disk:
    """Follows the calls that concern one run's folder; `broken` says which rules were."""

    def __init__(self, run):
        self.run, self.broken, self.failedSyncs, self.claims = os.path.abspath(run), [], {}, 0
        self.owed = []  # names given since something else was done
        self.roots = {}  # the folder that holds the run: its other names do not concern us
        self.roots[os.path.dirname(self.run)] = Node(True, True)
        if os.path.isdir(self.run):
            for place, folders, files in os.walk(self.run):
                self.enter(place, Node(True, True))
                for name in files:
                    self.enter(os.path.join(place, name), Node(False, True))

    # ---- names

    def find(self, path):
        base = os.path.dirname(self.run)
        node = self.roots[base]
        for name in [part for part in os.path.relpath(path, base).split("/") if part != "."] if path != base else []:
            node = node.names.get(name) if node else None
        return node

    def enter(self, path, node):
        self.find(os.path.dirname(path)).names[os.path.basename(path)] = node
        if match := CHECKPOINT.search(path):
            node.saved = (match[1], int(match[2]))

    def leave(self, path):
        return self.find(os.path.dirname(path)).names.pop(os.path.basename(path))

    def concerns(self, path):
        return path == os.path.dirname(self.run) or (path + "/").startswith(self.run + "/")

    # ---- what would be there after a loss of power

    def loose(self, node, path, names=True):
        """What of a node is not on disk yet."""
        found = [path] if (names and not node.isNamed) or (not node.isFolder and not node.isClean) else []
        for name, each in node.names.items():
            if ".tmp-" not in name and name != "timing.jsonl":
                found += self.loose(each, f"{path}/{name}")
        return found

    def breaks(self, rule, what):
        self.broken.append(f"{rule}: {what}")

    def hasSuccessor(self, node):
        """Of the checkpoint that a node was, a newer one or the same is whole on disk."""
        stage, step = node.saved
        folder = self.find(f"{self.run}/checkpoints")
        base = self.find(self.run)
        return base.isNamed and folder.isNamed and any(
            each is not node and each.saved and each.saved[0] == stage and each.saved[1] >= step and not self.loose(each, name)
            for name, each in folder.names.items() if ".tmp-" not in name)

    # ---- calls

    def follow(self, call, arguments, result, rest):
        texts = [os.path.normpath(os.path.join(os.getcwd(), text)) for text in re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)]
        descriptor = re.match(r"(\d+)<([^>]*)>", arguments)
        if call in ("fsync", "fdatasync"):
            self.isNeedless = not self.sync(int(descriptor[1]), descriptor[2], result, rest)
        elif result < 0:
            return
        elif call in ("write", "writev", "pwrite64") and descriptor[1] in "12":
            if '"error: ' not in arguments:  # what the disk refused is told, not counted on
                self.claims += any(word in arguments for word in (" saved; go on", "; best "))
                self.claim(f"`{arguments[:80]}…` is said")
                if told := re.search(r"stopped at step (\d+) of stage (\w+), saved", arguments):
                    self.promise(told[2], int(told[1]))
        elif call in ("write", "writev", "pwrite64", "ftruncate"):
            self.change(descriptor[2])
        elif call == "openat":
            folder = re.match(r"\w+<([^>]*)>", arguments)[1]
            self.open(os.path.normpath(os.path.join(folder, re.search(r'"([^"]*)"', arguments)[1])), arguments, result)
        elif call == "mkdir" and self.concerns(texts[0]):
            self.settled(f"{texts[0]} is made")
            self.enter(texts[0], Node(True))
            self.owed.append((texts[0], self.find(texts[0])))
        elif call in ("rename", "renameat2") and self.concerns(texts[0]):
            self.rename(*texts, "RENAME_EXCHANGE" in arguments)
        elif call in ("unlink", "rmdir") and self.concerns(texts[0]):
            self.remove(texts[0])
        elif call == "unlinkat":
            path = os.path.join(descriptor[2] if descriptor else os.getcwd(), re.search(r'"([^"]*)"', arguments)[1])
            if self.concerns(path):
                self.remove(path)
        elif call not in ("mkdir", "rename", "renameat2", "unlink", "rmdir"):
            self.breaks("an unknown call", f"{call}({arguments})")

    def sync(self, descriptor, path, result, rest):
        """Whether it brought something to disk."""
        if self.failedSyncs.get(descriptor) == path:
            self.breaks("a failed fsync is not tried again", path)
        if result != 0:
            if "EINTR" not in rest:
                self.failedSyncs[descriptor] = path
                self.owed = []  # nobody counts on it any more
        elif self.concerns(path) and (node := self.find(path)):
            hadEffect = not node.isClean and not node.isFolder or not all(each.isNamed for each in node.names.values())
            node.isClean = True
            for each in node.names.values():
                each.isNamed = True
            return hadEffect
        return False

    def change(self, path):
        self.claim(f"{path} is written")
        node = self.find(path) if self.concerns(path) else None
        if node:
            node.isClean = False
            if CHECKPOINT.search(os.path.dirname(path)):
                self.breaks("a checkpoint is never written to", path)

    def open(self, path, arguments, descriptor):
        self.failedSyncs.pop(descriptor, None)
        if not self.concerns(path) or not re.search("O_CREAT|O_TRUNC", arguments):
            return
        if CHECKPOINT.search(os.path.dirname(path)):
            self.breaks("a checkpoint is never written to", path)
        if not self.find(path):
            self.enter(path, Node(False))
        elif "O_TRUNC" in arguments:
            self.find(path).isClean = False

    def rename(self, source, target, isExchange):
        self.settled(f"{target} is renamed")
        node = self.find(source)
        if ".tmp-" not in target:
            if node.saved is None and (loose := self.loose(node, source, names=False)):
                self.breaks("all is on disk before it gets its name", ", ".join(loose))
            if CHECKPOINT.search(target):
                for log in LOGS:
                    if loose := self.loose(self.find(f"{self.run}/{log}"), log):
                        self.breaks("the log is on disk before the checkpoint that counts on it", loose[0])
        elif node.saved and not self.hasSuccessor(node):
            self.breaks("what is removed has its successor on disk", source)
        old = self.find(target) if isExchange else None
        self.leave(source)
        self.enter(target, node)
        node.isNamed = False
        self.owed.append((target, node))
        if old:
            self.enter(source, old)

    def remove(self, path):
        node, folder = self.find(path), self.find(os.path.dirname(path))
        owner = node if node and node.saved else folder
        if owner and owner.saved and not self.hasSuccessor(owner):
            self.breaks("what is removed has its successor on disk", path)
        if node:
            self.leave(path)

    def settled(self, when):
        """A folder that was made, and a name that something was given, is on disk before anything else is done."""
        for path, node in self.owed:
            if not node.isNamed and ".tmp-" not in path:
                self.breaks("a name is on disk before anything else is done", f"{path} when {when}")
        self.owed = []

    def claim(self, when):
        """Whoever goes on, or says that it saved, counts on the checkpoints and on what resuming needs."""
        self.settled(when)
        run, folder = self.find(self.run), self.find(f"{self.run}/checkpoints")
        if not folder or not any(node.saved and ".tmp-" not in name for name, node in folder.names.items()):
            return
        loose = self.loose(folder, "checkpoints") + ([] if run.isNamed else [self.run])
        for name in ("settings.json", "source.tl"):
            loose += self.loose(run.names[name], name)
        if loose:
            self.breaks("a checkpoint is on disk before anything else is done", f"{', '.join(loose[:4])} when {when}")

    def promise(self, stage, step):
        """What is called saved is there: claim() looks whether it is on disk."""
        folder = self.find(f"{self.run}/checkpoints")
        if not folder or not any(node.saved == (stage, step) and ".tmp-" not in name for name, node in folder.names.items()):
            self.breaks("a checkpoint is there before it is called saved", f"step {step} of {stage}")


def check(log, run):
    """The rules that a logged run broke, and how many claims it made. `run` is as it was before."""
    disk = Disk(run)
    for call in log:
        disk.follow(*call)
    disk.settled("the program ends")
    return disk.broken, disk.claims


def syncs(log, run):
    """Places in a log of the fsyncs that brought something to disk."""
    disk, found = Disk(run), []
    for at, call in enumerate(log):
        disk.isNeedless = True
        disk.follow(*call)
        if not disk.isNeedless:
            found.append(at)
    return found
