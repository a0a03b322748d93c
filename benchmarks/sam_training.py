"""Training speed and memory of SAM ViT-B, by input size: benchmarks/results/sam_training.json.

    python benchmarks/sam_training.py [--sizes 256 1024] [--modes decoder full] [--steps 3]

Random weights of ViT-B's shape: neither speed nor memory depends on their values. A case is one
process of its own, and a step what `train/sam.py` does: encode one slice, decode two boxes,
Dice + cross-entropy + KL, backward, AdamW. On a GPU where one is here, else on the processor.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from statistics import median
from typing import Any

import torch
from record import ROOT, about

from lgescar.networks.sam import Sam, choose_trained, fresh_model
from lgescar.train.losses import ScarLoss, scar_loss

RESULT = ROOT / "benchmarks" / "results" / "sam_training.json"
BATCH = 1
PROMPTS = 2


def main() -> int:
    """Run each case, print, store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 1024])
    parser.add_argument("--modes", nargs="+", default=["decoder", "full"])
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(args.sizes[0], args.modes[0], args.steps)))
        return 0
    cases = []
    for size in args.sizes:
        for mode in args.modes:
            command = [sys.executable, __file__, "--one", "--sizes", str(size), "--modes", mode]
            answer = subprocess.run(
                [*command, "--steps", str(args.steps)], stdout=subprocess.PIPE, check=True
            )
            cases.append(json.loads(answer.stdout))
            print(cases[-1])
    record = {
        **about("python benchmarks/sam_training.py", seeds={"weights": 1}, labels="random images"),
        "conditions": f"ViT-B from random weights, batch {BATCH}, {PROMPTS} boxes a slice, "
        f"{args.steps} timed steps after one untimed",
        "cases": cases,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def measured(size: int, mode: Any, steps: int) -> dict[str, Any]:
    """Images a second and the highest memory of one case."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(1)
    network = Sam(fresh_model(vit_b(size)), size)
    choose_trained(network, mode)
    network = network.to(device).train()
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4)
    took = [step_seconds(network, optimizer, size, device) for _ in range(steps + 1)][1:]
    return {
        "image_px": size,
        "mode": mode,
        "device": str(device),
        "threads": torch.get_num_threads(),
        "trained_parameters_million": round(sum(p.numel() for p in trained) / 1e6, 1),
        "seconds_a_step": round(median(took), 3),
        "images_a_second": round(BATCH / median(took), 4),
        "peak_memory_mb": round(peak_mb(device)),
    }


def vit_b(size: int) -> Any:
    """The library's default configuration, which is ViT-B's, at another input size."""
    from transformers import SamConfig

    config = SamConfig()
    vision, prompt = config.vision_config, config.prompt_encoder_config
    vision.initializer_range = 0.02
    vision.image_size = prompt.image_size = size
    prompt.image_embedding_size = size // prompt.patch_size
    return config


def step_seconds(
    network: Sam, optimizer: torch.optim.Optimizer, size: int, device: torch.device
) -> float:
    """One step on a made-up slice."""
    image = torch.randn(BATCH, 1, size, size, device=device)
    scar = torch.zeros(BATCH * PROMPTS, size, size, dtype=torch.bool, device=device)
    scar[:, size // 3 : size // 2, size // 3 : size // 2] = True
    corners = torch.tensor([[size / 3, size / 3], [size / 2, size / 2]], device=device)
    at = corners.expand(BATCH, PROMPTS, 2, 2)
    kinds = torch.tensor([2, 3], device=device).expand(BATCH, PROMPTS, 2)
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = scar_loss(network(image, at, kinds).flatten(0, 1), scar, ScarLoss())
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def peak_mb(device: torch.device) -> float:
    """Most memory held so far: of the GPU, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    raise SystemExit(main())
