#!/usr/bin/env python
"""Trains a multi-layer perceptron to read handwritten digits."""
import argparse
import random

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import datasets, training
from chainer.training import extensions


class MLP(chainer.Chain):
    """Three fully-connected layers with rectifiers between them."""

    def __init__(self, n_in, n_units, n_out):
        super(MLP, self).__init__(
            l1=L.Linear(n_in, n_units),
            l2=L.Linear(n_units, n_units),
            l3=L.Linear(n_units, n_out),
        )

    def __call__(self, x):
        h1 = F.relu(self.l1(x))
        h2 = F.relu(self.l2(h1))
        return self.l3(h2)


def get_dataset(name):
    """Returns the training and the test set of a name."""
    if name == 'digits':
        return datasets.get_digits()
    if name == 'fashion':
        return datasets.get_fashion_mnist()
    try:
        return datasets.get_mnist()
    except OSError as error:
        if name == 'mnist':
            raise
        reason = str(error).split('. ')[0]
        print(f'MNIST is not at hand, so this trains on generated digits '
              f'({reason}; --dataset mnist tells more)')
        return datasets.get_digits()


def add_common_arguments(parser):
    """Adds what the scripts of this directory have in common."""
    parser.add_argument('--dataset', '-d', default='auto',
                        choices=['auto', 'mnist', 'fashion', 'digits'],
                        help='images to train on: MNIST, Fashion-MNIST or '
                             'generated digits, which need no download; by '
                             'default MNIST if it can be had')
    parser.add_argument('--seed', type=int,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')


def plot_curves(trainer):
    """Draws the curves of the training into its output directory."""
    for name in 'loss', 'accuracy':
        trainer.extend(extensions.PlotReport(
            [f'main/{name}', f'validation/main/{name}'], 'epoch',
            file_name=f'{name}.png'))


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--batchsize', '-b', type=int, default=100,
                        help='number of images in each minibatch')
    parser.add_argument('--epoch', '-e', type=int, default=20,
                        help='number of sweeps over the training set')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--out', '-o', default='result',
                        help='directory of the log, the curves and the '
                             'snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--unit', '-u', type=int, default=1000,
                        help='number of units of a hidden layer')
    add_common_arguments(parser)
    return parser.parse_args()


def main():
    args = parse_args()
    print(f'GPU: {args.gpu}')
    print(f'# unit: {args.unit}')
    print(f'# Minibatch-size: {args.batchsize}')
    print(f'# epoch: {args.epoch}')
    print('')

    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)

    # Classifier computes the loss and reports it, and the accuracy.
    model = L.Classifier(MLP(784, args.unit, 10))
    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
        model.to_gpu()

    optimizer = chainer.optimizers.Adam()
    optimizer.setup(model)

    train, test = get_dataset(args.dataset)
    train_iter = chainer.iterators.SerialIterator(train, args.batchsize)
    test_iter = chainer.iterators.SerialIterator(
        test, args.batchsize, repeat=False, shuffle=False)

    updater = training.StandardUpdater(
        train_iter, optimizer, device=args.gpu)
    trainer = training.Trainer(updater, (args.epoch, 'epoch'), out=args.out)

    # Loss and accuracy on the test set, after each epoch
    trainer.extend(extensions.Evaluator(test_iter, model, device=args.gpu))
    # The computational graph of the loss, for Graphviz
    trainer.extend(extensions.dump_graph('main/loss'))
    # The whole state of the training, to resume from
    trainer.extend(extensions.snapshot())
    # The file "log", and a table of it on the screen
    trainer.extend(extensions.LogReport())
    trainer.extend(extensions.PrintReport(
        ['epoch', 'main/loss', 'validation/main/loss',
         'main/accuracy', 'validation/main/accuracy']))
    trainer.extend(extensions.ProgressBar())
    # Curves of loss and accuracy; matplotlib need not be there
    if extensions.PlotReport.available():
        plot_curves(trainer)

    if args.resume:
        chainer.serializers.load_npz(args.resume, trainer)

    trainer.run()


if __name__ == '__main__':
    main()
