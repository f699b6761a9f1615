"""PyTorch as a peer: the same workloads, the same protocol as serve.mjs. The argument is the number of threads."""

import json
import sys
from time import perf_counter

import torch
from torch import nn, optim

THREADS = int(sys.argv[1])
torch.set_num_threads(THREADS)


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 20)
        self.fc2 = nn.Linear(20, 1)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def simplenet():
    torch.manual_seed(0)
    model = SimpleNet()
    criterion = nn.MSELoss()
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    inputs = torch.randn(5, 10)
    target = torch.randn(5, 1)
    iterations = 500
    start = perf_counter()
    for _ in range(iterations):
        optimizer.zero_grad()
        output = model(inputs)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
    return (perf_counter() - start) / iterations


def adam_step():
    parameter = torch.randn(1_000_000).requires_grad_()
    parameter.grad = torch.randn(1_000_000)
    optimizer = optim.Adam([parameter], lr=0.001)
    steps = 20
    optimizer.step()
    start = perf_counter()
    for _ in range(steps):
        optimizer.step()
    return (perf_counter() - start) / steps


def rosenbrock():
    p = torch.tensor([-1.5, 2.0]).requires_grad_()
    optimizer = optim.Adam([p], lr=0.001)
    start = perf_counter()
    for _ in range(10_000):
        optimizer.zero_grad()
        x, y = p[0], p[1]
        loss = (x - 1) ** 2 + 100 * (y - x**2) ** 2
        loss.backward()
        optimizer.step()
    return perf_counter() - start


WORKLOADS = {"simplenet": simplenet, "adam-1e6": adam_step, "rosenbrock": rosenbrock}


def reply(message):
    print(json.dumps(message), flush=True)


reply({"name": f"torch {torch.__version__}, {THREADS} thread{'s' if THREADS > 1 else ''}"})
for line in sys.stdin:
    run = WORKLOADS.get(line.strip())
    reply({"absent": True} if run is None else {"seconds": run()})
