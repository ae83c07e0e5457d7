#!/usr/bin/env python3
"""Networks of the SAM family at their true size: our time and answers against PyTorch's, with seeded random weights.

    cargo build --release -p orthoscope-sam --example sam_speed
    peers/bin/python tests/peers/sam.py target/release/examples/sam_speed --mobile-sam MOBILE_SAM [--threads 1] [--rounds 3]
    peers/bin/python tests/peers/sam.py target/release/examples/sam_speed --vit b [--threads 2] [--rounds 1]

`MOBILE_SAM` is the folder of the published MobileSAM. Needs torch, safetensors, segment-anything and (for MobileSAM) timm.
Both sides look at the same picture of 1,024 pixels on as many threads, in turns of their own; the ratio is PyTorch's median over
ours (above 1: we are quicker). Prints one line of JSON.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import types
import warnings

import numpy as np
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
SIDE, STEP = 1024, 997
MEAN, SPREAD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def network(args):
    torch.manual_seed(7)
    if args.mobile_sam:
        sys.modules.setdefault("timm.models.registry", types.SimpleNamespace(register_model=lambda f: f))
        sys.path.insert(0, args.mobile_sam)
        from mobile_sam import build_sam as builder

        net = builder.build_sam_vit_t()
    else:
        from segment_anything import sam_model_registry

        net = sam_model_registry[f"vit_{args.vit}"]()
    with torch.no_grad():
        for key, tensor in net.state_dict().items():
            # What is 0 or 1 at first would hide a wrong wiring.
            if tensor.dtype.is_floating_point and key != "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix":
                if key.endswith("running_var"):
                    tensor.uniform_(0.6, 1.4)
                elif tensor.dim() == 1 or "rel_pos" in key or "attention_biases" in key or key.endswith("pos_embed"):
                    tensor.add_(torch.empty_like(tensor).uniform_(-0.1, 0.1))
    return net.eval()


def timed(work, rounds):
    taken, result = [], None
    for _ in range(rounds):
        began = time.perf_counter()
        result = work()
        taken.append((time.perf_counter() - began) * 1e3)
    return taken, result


def off(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-12))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--mobile-sam")
    parser.add_argument("--vit", choices=["b", "l", "h"], default="b")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    net = network(args)
    pixels = np.random.default_rng(3).uniform(0, 255, (3, SIDE, SIDE)).astype("<f4")
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        weights, raw = pathlib.Path(folder, "sam.safetensors"), pathlib.Path(folder, "pixels.f32")
        save_file({k: v.contiguous().clone() for k, v in net.state_dict().items() if v.dtype.is_floating_point}, weights)
        raw.write_bytes(pixels.tobytes())
        ran = subprocess.run(
            [args.program, weights, raw, str(args.rounds)], check=True, capture_output=True, text=True,
            env={**os.environ, "RAYON_NUM_THREADS": str(args.threads)},
        )
        ours = json.loads(ran.stdout)
        normed = (torch.from_numpy(pixels) - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(SPREAD).view(3, 1, 1)
        encode, features = timed(lambda: net.image_encoder(normed[None]), args.rounds)
        # As we keep them.
        held = features.half().float()
        points = (torch.tensor([[[SIDE / 2, SIDE / 2]]]), torch.tensor([[1]]))

        def answer():
            sparse, dense = net.prompt_encoder(points=points, boxes=None, masks=None)
            return net.mask_decoder.predict_masks(held, net.prompt_encoder.get_dense_pe(), sparse, dense)

        decode, (low, iou) = timed(answer, args.rounds)
    order = sorted([1, 2, 3], key=lambda n: -float(iou[0, n]))
    masks = [off(ours["masks"][at][1], low[0, n].reshape(-1)[::STEP]) for at, n in enumerate(order)]
    median = statistics.median
    print(json.dumps({
        "network": ours["network"], "threads": args.threads, "rounds": args.rounds,
        "encode_ms": {"ours": round(median(ours["encode_ms"])), "torch": round(median(encode))},
        "decode_ms": {"ours": round(median(ours["decode_ms"]), 1), "torch": round(median(decode), 1)},
        "encode_ratio": round(median(encode) / median(ours["encode_ms"]), 3),
        "decode_ratio": round(median(decode) / median(ours["decode_ms"]), 3),
        "features_off": off(ours["features"], held.reshape(-1)[::STEP]), "masks_off": max(masks),
        "torch": torch.__version__.split("+")[0],
    }))


main()
