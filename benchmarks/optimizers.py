"""Time of an update, against the same formula in plain NumPy expressions.

usage: optimizers.py [--sizes 1000 10000000] [--seconds 2]

The optimizers work in blocks that stay in the cache of a processor; an
expression over whole arrays goes through main memory once for each operation
in it. Both are run in turn, and the ratio is printed: quote that.
"""
import argparse
import time

import numpy as np

import chainer
from chainer import optimizers


def sgd(p, g, state, lr=0.01):
    p -= lr * g


def momentum_sgd(p, g, state, lr=0.01, momentum=0.9):
    v = state['v']
    v *= momentum
    v -= lr * g
    p += v


def adam(p, g, state, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    m, v = state['m'], state['v']
    m += (1 - beta1) * (g - m)
    v += (1 - beta2) * (g * g - v)
    p -= lr * m / (np.sqrt(v) + eps)


CASES = [(optimizers.SGD, sgd, ''),
         (optimizers.MomentumSGD, momentum_sgd, 'v'),
         (optimizers.Adam, adam, 'mv')]


def ours(optimizer_class, size):
    """Returns a function that makes one update of a parameter."""
    link = chainer.Link(W=(size,))
    link.W.data.fill(0)
    link.W.grad = np.random.rand(size).astype(np.float32)
    optimizer = optimizer_class()
    optimizer.setup(link)
    optimizer.t = 1
    state = optimizer._states['/W']
    return lambda: optimizer.update_one(link.W, state)


def plain(formula, keys, size):
    p, g = np.zeros((2, size), np.float32)
    g[...] = np.random.rand(size)
    state = {key: np.zeros(size, np.float32) for key in keys}
    return lambda: formula(p, g, state)


def seconds(step, repeat):
    start = time.perf_counter()
    for _ in range(repeat):
        step()
    return (time.perf_counter() - start) / repeat


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('--sizes', type=int, nargs='+',
                        default=[1000, 10 ** 7])
    parser.add_argument('--seconds', type=float, default=2)
    args = parser.parse_args()
    np.random.seed(0)
    for size in args.sizes:
        for optimizer_class, formula, keys in CASES:
            steps = ours(optimizer_class, size), plain(formula, keys, size)
            repeat = max(1, 10 ** 6 // size)
            times = [], []
            end = time.perf_counter() + args.seconds
            while time.perf_counter() < end:
                for step, values in zip(steps, times):
                    values.append(seconds(step, repeat))
            here, there = map(min, times)
            print(f'{optimizer_class.__name__:12} {size:9} elements: '
                  f'{here * 1e6:9.1f} us, plain NumPy {there * 1e6:9.1f} us, '
                  f'{there / here:5.2f} times as long')


if __name__ == '__main__':
    main()
