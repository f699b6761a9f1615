"""Writes pytorch.json: what PyTorch's optimizers make of one number.

Every run starts at 1 in float64 and is given the same ten gradients, so that nothing but the update rule decides.
Needs torch 1.13 or newer:  python3 pytorch.py
"""

import json
import sys
from pathlib import Path

import torch

START = 1.0
GRADIENTS = [0.5, -1.25, 0.75, 2.0, -0.1, 0.3, -0.6, 0.05, 1.5, -0.9]

RUNS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "maximize": True}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "centered": True}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.9}),
    ("RMSprop", {"lr": 0.01, "weight_decay": 0.1}),
    ("Adadelta", {"lr": 1.0}),
    ("Adadelta", {"lr": 1.0, "rho": 0.5}),
    ("Adadelta", {"lr": 1.0, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.9)}),
    ("Adam", {"lr": 0.1, "maximize": True}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True}),
    ("Adamax", {"lr": 0.1}),
    ("Adamax", {"lr": 0.1, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.1}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1}),
    ("Rprop", {"lr": 0.1}),
    ("Rprop", {"lr": 0.1, "etas": (0.4, 1.3)}),
    ("ASGD", {"lr": 0.1}),
    ("ASGD", {"lr": 0.1, "weight_decay": 0.1}),
]


def run(name: str, options: dict) -> list[float]:
    theta = torch.tensor([START], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([theta], **options)
    path = []
    for gradient in GRADIENTS:
        theta.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        path.append(theta.item())
    return path


def main() -> None:
    cases = [{"optimizer": name, "options": options, "values": run(name, options)} for name, options in RUNS]
    data = {
        "source": f"torch.optim of PyTorch {torch.__version__}",
        "start": START,
        "gradients": GRADIENTS,
        "cases": cases,
    }
    text = json.dumps(data, indent=1)
    Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")).write_text(text + "\n")


if __name__ == "__main__":
    main()
