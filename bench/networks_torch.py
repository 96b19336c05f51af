#!/usr/bin/env python3
"""PyTorch's side of bench/networks, channels last, from the files that networks_made.py writes.

  networks_torch.py resnet50 FOLDER weights                              writes its first weights, of seed 0
  networks_torch.py NAME FOLDER answers STEPS                          prints the first losses in float64, and in float32
  networks_torch.py NAME FOLDER eager|compiled SECONDS                  prints steps a second of processor time
"""
import json, os, sys, time
import torch, torch.nn as nn, torch.nn.functional as F
import networks_made as nets

name, folder, mode = sys.argv[1:4]
at = lambda file: os.path.join(folder, file)


def idx(path):
    with open(path, "rb") as f:
        raw = f.read()
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return torch.frombuffer(bytearray(raw[4 + 4 * raw[3]:]), dtype=torch.uint8).reshape(shape)


def tensors():
    with open(at(f"{name}.safetensors"), "rb") as f:
        raw = f.read()
    n = int.from_bytes(raw[:8], "little")
    for tensor, about in json.loads(raw[8:8 + n]).items():
        first, last = about["data_offsets"]
        yield tensor, torch.frombuffer(bytearray(raw[8 + n + first:8 + n + last]), dtype=torch.float32).reshape(about["shape"])


class Scaled(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(nets.LAYER_CHANNELS, 1, 1))
        self.depth = nn.Conv2d(nets.LAYER_CHANNELS, nets.LAYER_CHANNELS, size, padding=size // 2, groups=nets.LAYER_CHANNELS, bias=False)

    def forward(self, x):
        return self.depth(x * self.scale)


class Residual(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return x + self.net(x)


def network(weights):
    convolutions = nets.convolutions(name)

    def normed(isActive=True):
        path, channels, out, size, stride, groups = next(convolutions)
        conv, norm = nn.Conv2d(channels, out, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(out)
        conv.weight.data = weights[path + "conv.w"].permute(3, 2, 0, 1).clone()
        norm.weight.data, norm.bias.data = weights[path + "norm.g"], weights[path + "norm.b"]
        return [conv, norm] + [nn.ReLU6(inplace=True)] * isActive

    layers = normed()
    for _, channels, width, _, stride, expand in nets.blocks(name):
        inner = nn.Sequential(*(normed() if expand != 1 else []), *normed(), *normed(isActive=False))
        layers.append(Residual(inner) if stride == 1 and channels == width else inner)
    head = nn.Linear(1280, nets.CLASSES)
    head.weight.data, head.bias.data = weights["net.head.w"].T.clone(), weights["net.head.b"]
    return nn.Sequential(*layers, *normed(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)


def resnet50():
    import torchvision
    torch.manual_seed(0)
    return torchvision.models.resnet50()


def step_of(dtype, isCompiled):
    weights = {} if name == "resnet50" else dict(tensors())
    isLayer = name in nets.LAYERS
    if name == "resnet50":
        model = resnet50()
    elif isLayer:
        model = Scaled(nets.LAYERS[name])
        model.scale.data, model.depth.weight.data = weights["scale"].reshape(-1, 1, 1), weights["depth.w"].permute(3, 2, 0, 1).clone()
    else:
        model = network(weights)
    model = model.to(dtype=dtype, memory_format=torch.channels_last).train()
    x = (idx(at("depthwise-images" if isLayer else "net-images")).to(dtype) / 255).permute(0, 3, 1, 2)
    label = None if isLayer else idx(at("net-labels")).long()
    loss_of = lambda x: F.mse_loss(model(x), x) if isLayer else F.cross_entropy(model(x), label)
    if isCompiled:
        loss_of = torch.compile(loss_of)
    optimizer = torch.optim.SGD(model.parameters(), *((0.01,) if isLayer else (3e-4, 0.9)))

    def step():
        loss = loss_of(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


if mode == "weights":
    from safetensors.torch import save_file
    save_file({tensor: values for tensor, values in resnet50().state_dict().items() if values.is_floating_point()}, at("resnet50.safetensors"))
elif mode == "answers":
    steps = [step_of(dtype, False) for dtype in (torch.float64, torch.float32)]
    print(json.dumps([[float(step().detach()) for _ in range(int(sys.argv[4]))] for step in steps]))
else:
    torch.set_num_threads(1)
    step, seconds = step_of(torch.float32, mode == "compiled"), float(sys.argv[4])
    for _ in range(2):
        step()
    start, count = time.process_time(), 0
    while time.process_time() - start < seconds or count < 2:
        step()
        count += 1
    print(json.dumps(count / (time.process_time() - start)))
