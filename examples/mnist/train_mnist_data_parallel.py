#!/usr/bin/env python
"""Trains a multi-layer perceptron on two devices that share each minibatch."""
import argparse
import random

import numpy as np
import train_mnist

import chainer
import chainer.links as L
from chainer import training
from chainer.training import extensions


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--batchsize', '-b', type=int, default=400,
                        help='number of images in each minibatch, half of '
                             'which go to each device')
    parser.add_argument('--epoch', '-e', type=int, default=20,
                        help='number of sweeps over the training set')
    parser.add_argument('--gpu0', '-g', type=int, default=0,
                        help='ID of the first device')
    parser.add_argument('--gpu1', '-G', type=int, default=1,
                        help='ID of the second device')
    parser.add_argument('--out', '-o', default='result_parallel',
                        help='directory of the log, the curves and the '
                             'snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--unit', '-u', type=int, default=1000,
                        help='number of units of a hidden layer')
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

    model = L.Classifier(train_mnist.MLP(784, args.unit, 10))
    optimizer = chainer.optimizers.Adam()
    optimizer.setup(model)

    train, test = train_mnist.get_dataset(args.dataset)
    train_iter = chainer.iterators.SerialIterator(train, args.batchsize)
    test_iter = chainer.iterators.SerialIterator(
        test, args.batchsize, repeat=False, shuffle=False)

    # The model is copied to each device. 'main' is the one that is updated,
    # evaluated and saved; the others may have any name.
    updater = training.ParallelUpdater(
        train_iter, optimizer,
        devices={'main': args.gpu0, 'second': args.gpu1})
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
