"""Time of one small operation, forward and backward, type checks on.

usage: overhead.py [--elements 10] [--operations 1000] [--seconds 3]

It runs y = y * z + z over and over on arrays of ten elements, so that nearly
all the time is spent between the arithmetic, and backpropagates through the
whole of it. Where PyTorch is installed, its eager mode does the same in turn,
and the ratio is printed: quote that, not the times.
"""
import argparse
import time

import numpy as np

import chainer
import chainer.functions as F

try:
    import torch
except ImportError:
    torch = None


def chainer_step(a, b, operations):
    x = chainer.Variable(a)
    y, z = x, chainer.Variable(b)
    for _ in range(operations // 2):
        y = y * z + z
    F.sum(y).backward()
    return x.grad


def torch_step(a, b, operations):
    x = torch.from_numpy(a).requires_grad_()
    y, z = x, torch.from_numpy(b).requires_grad_()
    for _ in range(operations // 2):
        y = y * z + z
    y.sum().backward()
    return x.grad.numpy()


def microseconds(step, *args):
    start = time.perf_counter()
    step(*args)
    return (time.perf_counter() - start) / args[-1] * 1e6


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('--elements', type=int, default=10)
    parser.add_argument('--operations', type=int, default=1000)
    parser.add_argument('--seconds', type=float, default=3)
    args = parser.parse_args()

    rs = np.random.RandomState(0)
    a, b = rs.rand(2, args.elements).astype(np.float32)
    steps = {'chainer': chainer_step}
    if torch is not None:
        torch.set_num_threads(1)
        steps['torch'] = torch_step
        np.testing.assert_allclose(chainer_step(a, b, args.operations),
                                   torch_step(a, b, args.operations), 1e-3)

    times = {name: [] for name in steps}
    end = time.perf_counter() + args.seconds
    while time.perf_counter() < end:
        for name, step in steps.items():
            times[name].append(microseconds(step, a, b, args.operations))
    for name, values in times.items():
        print(f'{name:10} {min(values):7.2f} us per operation, forward and '
              f'backward')
    if torch is None:
        print('PyTorch is not installed: no ratio')
    else:
        ratio = min(times['chainer']) / min(times['torch'])
        print(f'ratio      {ratio:7.2f}')


if __name__ == '__main__':
    main()
