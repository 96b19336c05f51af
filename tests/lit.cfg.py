# How the text tests run: `tlc`, `tl-opt`, FileCheck and the like are on the path of every RUN line.
import os
import shutil
import subprocess

import lit.formats

config.name = "TL"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".tl", ".mlir", ".test"]
config.excludes = ["inputs", "Inputs"]
config.test_source_root = config.tl_source + "/tests"
config.test_exec_root = config.tl_build + "/tests"

config.environment["PATH"] = os.pathsep.join(
    [config.tl_build + "/bin", config.llvm_tools, os.environ.get("PATH", "")])
config.environment["LC_ALL"] = "C"
config.environment["XDG_CACHE_HOME"] = config.tl_build + "/tests/cache"
config.environment.pop("TL_DATA", None)

# Real data where a machine has it: TL_DATA, or a folder beside the project. Tests that need it say REQUIRES: data.
shared = os.path.join(os.path.dirname(config.tl_source), "shared", "data")
mnist = os.environ.get("TL_DATA", os.path.join(shared, "mnist"))
if any(os.path.exists(os.path.join(mnist, "train-images-idx3-ubyte" + end)) for end in ("", ".gz")):
    config.available_features.add("mnist")
if os.path.isdir(shared):
    config.available_features.add("data")
try:  # A bare root may have no pseudo-terminals.
    for end in os.openpty():
        os.close(end)
    config.available_features.add("terminal")
except OSError:
    pass
if shutil.which("chromium"):
    config.available_features.add("chromium")
# What answers are compared with where it is there: TL_PEERS is a python that has it, if the one on the path does not. Tests that ask it
# run `%peers` (`-P`: beside the scripts stands a profile.py that is none of the library) and say REQUIRES: transformers, tokenizers or sentence_transformers.
peers = os.environ.get("TL_PEERS", "python3")
needs = {"tokenizers": ["tokenizers"], "transformers": ["transformers", "torch", "numpy", "tokenizers"], "sentence_transformers": ["sentence_transformers", "numpy"]}
found = subprocess.run([peers, "-c", "import importlib.util, sys; print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name)))",
                        *sum(needs.values(), [])], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
config.available_features.update(peer for peer, packages in needs.items() if set(packages) <= set(found))
if config.tl_sanitize:
    config.available_features.add("sanitize")
config.substitutions += [
    ("%data", shared),
    ("%mnist", mnist),
    ("%examples", config.tl_source + "/examples"),
    ("%stdlib", config.tl_source + "/stdlib"),
    ("%peers", peers),
    ("%tests", config.tl_source + "/tests"),
    ("%tools", config.tl_source + "/tools"),
    ("%bin", config.tl_build + "/bin"),
]
