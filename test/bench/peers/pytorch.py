"""PyTorch as a peer: the same workloads, the same protocol as serve.mjs. The argument is the number of threads."""

import json
import math
import os
import sys
from time import perf_counter

import torch
from torch import nn, optim
from torch.nn import functional as F

THREADS = int(sys.argv[1])
torch.set_num_threads(THREADS)


class SimpleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 20)
        self.fc2 = nn.Linear(20, 1)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc = nn.Linear(16 * 7 * 7, 10)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


def mlp():
    return nn.Sequential(
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def training(model, criterion, inputs, target):
    """One iteration of training: forward, backward, a step of Adam."""
    optimizer = optim.Adam(model.parameters(), lr=0.001)

    def unit():
        optimizer.zero_grad()
        loss = criterion(model(inputs), target)
        loss.backward()
        optimizer.step()

    return unit


def stepping(sizes, optimizer_of):
    """One step over parameters that have their gradients."""
    parameters = [nn.Parameter(torch.randn(size)) for size in sizes]
    for parameter in parameters:
        parameter.grad = torch.randn(parameter.shape)
    return optimizer_of(parameters).step


def adam(parameters):
    return optim.Adam(parameters, lr=0.001)


def momentum(parameters):
    return optim.SGD(parameters, lr=0.001, momentum=0.9)


def product(size):
    a, b = torch.randn(size, size), torch.randn(size, size)
    return lambda: a.matmul(b)


def chain():
    x = torch.randn(1_000_000)
    return lambda: x.mul(2).add(1).tanh().mul(0.5)


def rosenbrock():
    """One step, of which the table shows 10,000."""
    p = torch.tensor([-1.5, 2.0]).requires_grad_()
    optimizer = optim.Adam([p], lr=0.001)

    def unit():
        optimizer.zero_grad()
        x, y = p[0], p[1]
        loss = (x - 1) ** 2 + 100 * (y - x**2) ** 2
        loss.backward()
        optimizer.step()

    return unit


def classes(count):
    return torch.arange(count) % 10


def squares_backward(x):
    leaf = x.detach().requires_grad_()

    def unit():
        leaf.grad = None
        leaf.mul(leaf).sum().backward()

    return unit


# One operation on x, and on y where it takes two: for the plot of cost against size.
OPERATIONS = {
    "add": lambda x, y: lambda: x.add(y),
    "add_": lambda x, y: lambda: x.add_(y),
    "mul-by-number": lambda x, y: lambda: x.mul(2),
    "div": lambda x, y: lambda: x.div(y),
    "clone": lambda x, y: lambda: x.clone(),
    "relu": lambda x, y: lambda: x.relu(),
    "exp": lambda x, y: lambda: x.exp(),
    "tanh": lambda x, y: lambda: x.tanh(),
    "sum": lambda x, y: lambda: x.sum(),
    "max": lambda x, y: lambda: x.max(),
    "softmax": lambda x, y: lambda: x.softmax(0),
    "square-sum-backward": lambda x, y: squares_backward(x),
}


def operation(name, size):
    return OPERATIONS[name](torch.randn(int(size)), torch.randn(int(size)))


WORKLOADS = {
    "simplenet": lambda: training(SimpleNet(), nn.MSELoss(), torch.randn(5, 10), torch.randn(5, 1)),
    "mlp": lambda: training(mlp(), nn.CrossEntropyLoss(), torch.randn(64, 784), classes(64)),
    "adam-1e6": lambda: stepping([1_000_000], adam),
    "adam-100": lambda: stepping([10_000] * 100, adam),
    "adam-1e7": lambda: stepping([10_000_000], adam),
    "sgd-1e6": lambda: stepping([1_000_000], momentum),
    "matmul-64": lambda: product(64),
    "matmul-256": lambda: product(256),
    "matmul-1024": lambda: product(1024),
    "chain-1e6": chain,
    "rosenbrock": rosenbrock,
    "operation": operation,
    "cnn": lambda: training(Cnn(), nn.CrossEntropyLoss(), torch.randn(32, 1, 28, 28), classes(32)),
}


def seconds_of(unit, budget):
    """As in serve.mjs: as many units at a time as make the clock negligible, until about the budget is spent."""
    count = 1
    while True:
        start = perf_counter()
        for _ in range(count):
            unit()
        seconds = perf_counter() - start
        if seconds >= 0.6 * budget:
            return seconds / count
        count = math.ceil(count * min(10, max(1.5, budget / max(seconds, 1e-9))))


def blas():
    """The library that multiplies matrices: Debian's plain one is ten times slower than OpenBLAS."""
    torch.ones(2, 2).matmul(torch.ones(2, 2))
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if "blas" in line.lower()}
    except OSError:
        return ""
    return "".join(f", {os.path.basename(path)}" for path in sorted(paths))


def reply(message):
    print(json.dumps(message), flush=True)


torch.manual_seed(0)
reply({"name": f"torch {torch.__version__}, {THREADS} thread{'s' if THREADS > 1 else ''}{blas()}"})
current, unit = None, None
for line in sys.stdin:
    name, budget = line.split()
    workload, *arguments = name.split(":")
    if workload not in WORKLOADS:
        reply({"absent": True})
        continue
    try:
        if name != current:
            unit = None  # What the last workload held is free before the next one asks for memory.
            current, unit = name, WORKLOADS[workload](*arguments)
            unit()
        reply({"seconds": seconds_of(unit, float(budget))})
    except Exception as error:
        reply({"problem": str(error).split("\n")[0]})
