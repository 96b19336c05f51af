"""What bench/networks trains: networks and depthwise layers, their batch and first weights, the same for TL and PyTorch. Those of ResNet-50 are
torchvision's.

  prepare(folder, "lite0")     writes them beside a copy of the script
"""
import math, os, random, shutil
import workloads

HERE = os.path.dirname(os.path.abspath(__file__))
LAYERS = {"depthwise3": 3, "depthwise5": 5}  # rows of the kernel
LAYER_BATCH, LAYER_SIDE, LAYER_CHANNELS = 16, 28, 96
# channels, blocks, size of the kernel, stride of the first, expansion
NETS = {
    "mobilenet": [(16, 1, 3, 1, 1), (24, 2, 3, 2, 6), (32, 3, 3, 2, 6), (64, 4, 3, 2, 6), (96, 3, 3, 1, 6), (160, 3, 3, 2, 6), (320, 1, 3, 1, 6)],
    "lite0": [(16, 1, 3, 1, 1), (24, 2, 3, 2, 6), (40, 2, 5, 2, 6), (80, 3, 3, 2, 6), (112, 3, 5, 1, 6), (192, 4, 5, 2, 6), (320, 1, 3, 1, 6)],
}
NET_BATCH, NET_SIDE, CLASSES = 8, 224, 1000
NAMES = [*LAYERS, *NETS, "resnet50"]


def blocks(name):
    """(path in TL, channels, width, size, stride, expansion) of each block."""
    channels, block = 32, 0
    for width, count, size, stride, expand in NETS[name]:
        for i in range(count):
            yield f"net.blocks[{block}].", channels, width, size, stride if i == 0 else 1, expand
            channels, block = width, block + 1


def convolutions(name):
    """(path in TL, channels in, out, size, stride, groups) of every convolution with batch norm, in the order of the network."""
    yield "net.stem.", 3, 32, 3, 2, 1
    for at, channels, width, size, stride, expand in blocks(name):
        inner = expand * channels
        if expand != 1:
            yield at + "wide.", channels, inner, 1, 1, 1
        yield at + "depth.", inner, inner, size, stride, inner
        yield at + "thin.", inner, width, 1, 1, 1
    yield "net.top.", 320, 1280, 1, 1, 1


def weights(draw, name):
    if name in LAYERS:
        size = LAYERS[name]
        return {"scale": workloads.uniform(draw, (LAYER_CHANNELS,), 0.1, 1), "depth.w": workloads.uniform(draw, (size, size, 1, LAYER_CHANNELS), 1 / size)}
    tensors = {}
    for at, channels, out, size, _, groups in convolutions(name):
        inputs = channels // groups
        tensors[at + "conv.w"] = workloads.uniform(draw, (size, size, inputs, out), (2 / (size * size * inputs)) ** 0.5)
        for leaf, deviation, mean in (("g", 0.02, 1), ("b", 0.02, 0), ("mean", 0, 0), ("variance", 0, 1)):
            tensors[f"{at}norm.{leaf}"] = workloads.uniform(draw, (out,), deviation, mean)
    tensors["net.head.w"], tensors["net.head.b"] = workloads.uniform(draw, (1280, CLASSES), 1280 ** -0.5), workloads.uniform(draw, (CLASSES,), 0.01)
    return tensors


def prepare(folder, name):
    os.makedirs(folder, exist_ok=True)
    draw, at = random.Random(0), lambda file: os.path.join(folder, file)
    if name in LAYERS:
        with open(os.path.join(HERE, "depthwise.tl")) as f:
            script = f.read().replace("dim size = 3", f"dim size = {LAYERS[name]}").replace("depthwise3", name)
        with open(at(f"{name}.tl"), "w") as f:
            f.write(script)
        shape = LAYER_BATCH, LAYER_SIDE, LAYER_SIDE, LAYER_CHANNELS
        workloads.write_idx(at("depthwise-images"), shape, draw.randbytes(math.prod(shape)))
    else:
        shutil.copy(os.path.join(HERE, f"{name}.tl"), folder)
        shape = NET_BATCH, NET_SIDE, NET_SIDE, 3
        workloads.write_idx(at("net-images"), shape, draw.randbytes(math.prod(shape)))
        workloads.write_idx(at("net-labels"), shape[:1], [r % 10 for r in range(NET_BATCH)])
    if name != "resnet50":
        workloads.write_weights(at(f"{name}.safetensors"), weights(draw, name))
