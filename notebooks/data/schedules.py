"""Writes schedules.json: the learning rates that PyTorch's schedulers set, over 40 steps.

Every schedule is that of SGD with learning rate 0.1 and momentum 0.9.
Needs torch 1.13 or newer:  python3 schedules.py
"""

import json
import sys
from pathlib import Path

import torch
from torch.optim import lr_scheduler as lrs

STEPS = 40
METRICS = [1 / (1 + min(k, 12) / 4) for k in range(STEPS - 1)]

SCHEDULES = {
    "StepLR": lambda o: lrs.StepLR(o, 10, gamma=0.5),
    "MultiStepLR": lambda o: lrs.MultiStepLR(o, [8, 24, 30], gamma=0.3),
    "ExponentialLR": lambda o: lrs.ExponentialLR(o, 0.93),
    "PolynomialLR": lambda o: lrs.PolynomialLR(o, 30, power=2),
    "LambdaLR": lambda o: lrs.LambdaLR(o, lambda t: 1 / (t + 1) ** 0.5),
    "MultiplicativeLR": lambda o: lrs.MultiplicativeLR(o, lambda t: 0.8 if t % 4 == 0 else 1),
    "ConstantLR": lambda o: lrs.ConstantLR(o, factor=0.25, total_iters=10),
    "LinearLR": lambda o: lrs.LinearLR(o, start_factor=0.1, total_iters=10),
    "CosineAnnealingLR": lambda o: lrs.CosineAnnealingLR(o, 40, eta_min=0.01),
    "CosineAnnealingWarmRestarts": lambda o: lrs.CosineAnnealingWarmRestarts(o, 6, T_mult=2),
    "CyclicLR": lambda o: lrs.CyclicLR(o, 0.01, 0.1, step_size_up=6, mode="triangular2"),
    "OneCycleLR": lambda o: lrs.OneCycleLR(o, 0.1, total_steps=40),
    "ReduceLROnPlateau": lambda o: lrs.ReduceLROnPlateau(o, factor=0.5, patience=4),
    "ChainedScheduler": lambda o: lrs.ChainedScheduler(
        [lrs.LinearLR(o, start_factor=0.1, total_iters=8), lrs.ExponentialLR(o, 0.95)]
    ),
    "SequentialLR": lambda o: lrs.SequentialLR(
        o, [lrs.LinearLR(o, start_factor=0.1, total_iters=8), lrs.CosineAnnealingLR(o, 32)], [8]
    ),
}


def run(make) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    scheduler = make(optimizer)
    rates = []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < STEPS - 1:
            scheduler.step(METRICS[step]) if isinstance(scheduler, lrs.ReduceLROnPlateau) else scheduler.step()
    return rates


def main() -> None:
    data = {
        "source": f"torch.optim.lr_scheduler of PyTorch {torch.__version__}",
        "metrics": METRICS,
        "rates": {name: run(make) for name, make in SCHEDULES.items()},
    }
    text = json.dumps(data, indent=1)
    Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")).write_text(text + "\n")


if __name__ == "__main__":
    main()
