"""Forward and backward of the functions where networks spend their time.

usage: functions.py [--peer PYTHON] [--seconds 1] [--rounds 3] [NAME ...]

With --peer, the interpreter of an environment with another release of Chainer
(7.8.1 runs on NumPy 1.23) does the same work in turn, round by round, and the
ratio of the best times is printed: above 1, this Chainer is faster. Quote the
ratios of one run, not the times.
"""
import argparse
import subprocess
import sys
import time

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L


def floats(*shape):
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def function_step(apply, *shapes):
    """Returns a step of a function of arrays of some shapes."""
    arrays = [floats(*shape) for shape in shapes]
    gy = floats(*apply(*arrays).shape)

    def step():
        inputs = [chainer.Variable(array) for array in arrays]
        y = apply(*inputs)
        y.grad = gy
        y.backward()
        return inputs[0].grad
    return step


def lstm_step(batch, units, steps):
    """Returns a step of back-propagation through time."""
    layer = L.LSTM(units, units)
    xs = floats(steps, batch, units)

    def step():
        layer.reset_state()
        layer.cleargrads()
        loss = 0
        for x in xs:
            loss += F.sum(layer(chainer.Variable(x)))
        loss.backward()
    return step


def cross_entropy_step(*shape):
    """Returns a step of the loss of a classifier."""
    scores = floats(*shape)
    labels = np.random.RandomState(0).randint(
        shape[1], size=shape[:1] + shape[2:]).astype(np.int32)

    def step():
        x = chainer.Variable(scores)
        F.softmax_cross_entropy(x, labels).backward()
        return x.grad
    return step


def convolution(stride, pad):
    return lambda x, W, b: F.convolution_2d(x, W, b, stride, pad)


def workloads():
    """Returns functions that prepare a step, by name."""
    feature_maps = 32, 64, 32, 32
    return {
        'convolution 3x3': lambda: function_step(
            convolution(1, 1), feature_maps, (64, 64, 3, 3), (64,)),
        'convolution 3x3, first': lambda: function_step(
            convolution(1, 1), (32, 3, 32, 32), (64, 3, 3, 3), (64,)),
        'convolution 5x5': lambda: function_step(
            convolution(1, 0), (100, 16, 28, 28), (32, 16, 5, 5), (32,)),
        'convolution 1x1': lambda: function_step(
            convolution(1, 0), (32, 256, 14, 14), (256, 256, 1, 1), (256,)),
        'convolution 7x7, stride 2': lambda: function_step(
            convolution(2, 3), (8, 3, 112, 112), (64, 3, 7, 7), (64,)),
        'deconvolution 4x4': lambda: function_step(
            lambda x, W, b: F.deconvolution_2d(x, W, b, 2, 1),
            (32, 64, 16, 16), (64, 32, 4, 4), (32,)),
        'max pooling 2x2': lambda: function_step(
            lambda x: F.max_pooling_2d(x, 2), feature_maps),
        'max pooling 3x3, stride 2': lambda: function_step(
            lambda x: F.max_pooling_2d(x, 3, 2), feature_maps),
        'average pooling 2x2': lambda: function_step(
            lambda x: F.average_pooling_2d(x, 2), feature_maps),
        'average pooling 3x3, stride 1': lambda: function_step(
            lambda x: F.average_pooling_2d(x, 3, 1, 1), feature_maps),
        'average pooling, global': lambda: function_step(
            lambda x: F.average_pooling_2d(x, 7), (32, 256, 7, 7)),
        'batch normalization, images': lambda: function_step(
            F.batch_normalization, feature_maps, (64,), (64,)),
        'batch normalization, vectors': lambda: function_step(
            F.batch_normalization, (100, 1000), (1000,), (1000,)),
        'LSTM, 20 x 650': lambda: lstm_step(20, 650, 10),
        'LSTM, 20 x 50': lambda: lstm_step(20, 50, 10),
        'softmax cross entropy, 10': lambda: cross_entropy_step(100, 10),
        'softmax cross entropy, 10000': lambda: cross_entropy_step(
            100, 10000),
        'softmax cross entropy, pixels': lambda: cross_entropy_step(
            4, 21, 64, 64),
    }


def milliseconds(step, seconds):
    """Returns the best time of a step in the given time."""
    best = float('inf')
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return best * 1e3


def serve(seconds):
    """Does the work asked for by lines of standard input."""
    prepare = workloads()
    name = None
    for line in sys.stdin:
        if line.strip() != name:
            name = line.strip()
            step = prepare[name]()
            step()
        print(milliseconds(step, seconds), flush=True)


class Contender:
    """A process that does the work with one of the libraries."""

    def __init__(self, python, seconds):
        self.process = subprocess.Popen(
            [python, '-W', 'ignore', __file__, '--serve', '--seconds',
             str(seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, name):
        self.process.stdin.write(name + '\n')
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('names', nargs='*', metavar='NAME',
                        help='beginnings of the names of workloads')
    parser.add_argument('--peer', metavar='PYTHON')
    parser.add_argument('--seconds', type=float, default=1)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--serve', action='store_true',
                        help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.seconds)
        return

    contenders = [Contender(sys.executable, args.seconds)]
    if args.peer:
        contenders.append(Contender(args.peer, args.seconds))
    for name in workloads():
        if args.names and not name.startswith(tuple(args.names)):
            continue
        # In turn, so that what else the machine does hits all alike.
        rounds = [[contender.measure(name) for contender in contenders]
                  for _ in range(args.rounds)]
        times = [min(column) for column in zip(*rounds)]
        ratio = f'  x{times[1] / times[0]:.2f}' if args.peer else ''
        print(f'{name:30} {times[0]:8.2f} ms{ratio}', flush=True)


if __name__ == '__main__':
    main()
