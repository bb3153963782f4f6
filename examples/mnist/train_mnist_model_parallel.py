#!/usr/bin/env python
"""Trains a multi-layer perceptron whose parts are on two devices."""
import argparse
import random

import numpy as np
import train_mnist

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import training
from chainer.training import extensions


class ParallelMLP(chainer.Chain):
    """Six layers, half of whose units are on each of two devices.

    The halves meet twice: they exchange what they have computed after the
    third layer and after the last one.
    """

    def __init__(self, n_in, n_units, n_out, gpu0, gpu1):
        half = max(n_units // 2, 1)
        super(ParallelMLP, self).__init__(
            first0=train_mnist.MLP(n_in, half, n_units).to_gpu(gpu0),
            first1=train_mnist.MLP(n_in, half, n_units).to_gpu(gpu1),
            second0=train_mnist.MLP(n_units, half, n_out).to_gpu(gpu0),
            second1=train_mnist.MLP(n_units, half, n_out).to_gpu(gpu1),
        )
        self.gpu0 = gpu0
        self.gpu1 = gpu1

    def __call__(self, x):
        # x is on gpu0, and so is the result.
        z0 = self.first0(x)
        z1 = self.first1(F.copy(x, self.gpu1))

        # Both devices get the sum.
        h0 = F.relu(z0 + F.copy(z1, self.gpu0))
        h1 = F.relu(z1 + F.copy(z0, self.gpu1))

        y0 = self.second0(h0)
        y1 = self.second1(h1)
        return y0 + F.copy(y1, self.gpu0)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--batchsize', '-b', type=int, default=100,
                        help='number of images in each minibatch')
    parser.add_argument('--epoch', '-e', type=int, default=20,
                        help='number of sweeps over the training set')
    parser.add_argument('--gpu0', '-g', type=int, default=0,
                        help='ID of the first device')
    parser.add_argument('--gpu1', '-G', type=int, default=1,
                        help='ID of the second device')
    parser.add_argument('--out', '-o', default='result_model_parallel',
                        help='directory of the log, the curves and the '
                             'snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--unit', '-u', type=int, default=1000,
                        help='number of units of a hidden layer, both halves '
                             'together')
    train_mnist.add_common_arguments(parser)
    return parser.parse_args()


def main():
    args = parse_args()
    print(f'GPU: {args.gpu0}, {args.gpu1}')
    print(f'# unit: {args.unit}')
    print(f'# Minibatch-size: {args.batchsize}')
    print(f'# epoch: {args.epoch}')
    print('')

    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)

    chainer.cuda.get_device(args.gpu0).use()

    # Its parts are on their devices already.
    model = L.Classifier(
        ParallelMLP(784, args.unit, 10, args.gpu0, args.gpu1))
    optimizer = chainer.optimizers.Adam()
    optimizer.setup(model)

    train, test = train_mnist.get_dataset(args.dataset)
    train_iter = chainer.iterators.SerialIterator(train, args.batchsize)
    test_iter = chainer.iterators.SerialIterator(
        test, args.batchsize, repeat=False, shuffle=False)

    # The minibatches go to the first device; the parts stay where they are.
    updater = training.StandardUpdater(
        train_iter, optimizer, device=args.gpu0)
    trainer = training.Trainer(updater, (args.epoch, 'epoch'), out=args.out)

    trainer.extend(extensions.Evaluator(test_iter, model, device=args.gpu0))
    trainer.extend(extensions.dump_graph('main/loss'))
    trainer.extend(extensions.snapshot())
    trainer.extend(extensions.LogReport())
    trainer.extend(extensions.PrintReport(
        ['epoch', 'main/loss', 'validation/main/loss',
         'main/accuracy', 'validation/main/accuracy']))
    trainer.extend(extensions.ProgressBar())
    if extensions.PlotReport.available():
        train_mnist.plot_curves(trainer)

    if args.resume:
        chainer.serializers.load_npz(args.resume, trainer)

    trainer.run()


if __name__ == '__main__':
    main()
