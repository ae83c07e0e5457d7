"""What the fixture scripts of all families share: weights and pixels by the formula that the tests use
(`learning::pattern`), so that no file of weights is needed, and how a tensor is written down."""

import torch


def pattern(seed, shape):
    n = 1
    for s in shape:
        n *= s
    i = torch.arange(n, dtype=torch.int64)
    m = 0xFFFFFFFF
    x = ((i * 0x9E3779B9) & m) ^ ((seed * 0x85EBCA6B) & m)
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & m
    x = ((x ^ (x >> 15)) * 0x846CA68B) & m
    x = x ^ (x >> 16)
    return ((x >> 8).to(torch.float32) / 8388608.0 - 1.0).reshape(shape)


def fill(net, but=()):
    """Numbers by formula: weights with the spread that keeps signals alive, norms round 1 and 0; not what begins as in `but`."""
    number = 0
    norms = {k for k, m in net.named_modules() if isinstance(m, torch.nn.BatchNorm2d)}
    with torch.no_grad():
        for key, tensor in net.state_dict().items():
            if key.endswith("num_batches_tracked") or key.startswith(tuple(but)):
                continue
            number += 1
            values = pattern(number, tensor.shape)
            owner, name = key.rsplit(".", 1)
            if tensor.dim() > 1:
                values = values * (3.0 / tensor[0].numel()) ** 0.5
            elif name == "running_var" or (name == "weight" and owner in norms):
                values = 1.0 + 0.4 * values
            else:
                values = 0.3 * values
            tensor.copy_(values)


def sample(tensor, count=24):
    flat = tensor.detach().reshape(-1)
    step = max(flat.numel() // count, 1)
    return {"shape": list(tensor.shape), "step": step, "values": [round(float(v), 9) for v in flat[::step]]}
