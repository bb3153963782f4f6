#!/usr/bin/env python
"""Trains two networks against each other until one draws digits.

A generator makes images of random numbers, a discriminator tells them from
those of handwritten digits. After each epoch a sheet of generated images is
written.
"""
import argparse
import random

import net
import numpy as np
import updater
import visualize

import chainer
from chainer import datasets, training
from chainer.training import extensions


def get_dataset(name):
    """Returns the training images of a name."""
    get = {'digits': datasets.get_digits, 'mnist': datasets.get_mnist,
           'fashion': datasets.get_fashion_mnist}[name]
    return get(withlabel=False, ndim=3)[0]


def make_optimizer(model):
    # Less momentum than usual: the other network changes what is best.
    optimizer = chainer.optimizers.Adam(alpha=0.001, beta1=0.5)
    optimizer.setup(model)
    return optimizer


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--batchsize', '-b', type=int, default=50,
                        help='number of images in each minibatch')
    parser.add_argument('--channels', '-c', type=int, default=64,
                        help='number of channels of the widest layers')
    parser.add_argument('--dataset', '-i', default='digits',
                        choices=['digits', 'mnist', 'fashion'],
                        help='images to train on: generated digits, which '
                             'need no download, MNIST or Fashion-MNIST')
    parser.add_argument('--epoch', '-e', type=int, default=10,
                        help='number of sweeps over the training set')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--n_hidden', '-n', type=int, default=100,
                        help='how many random numbers an image is made of')
    parser.add_argument('--out', '-o', default='result',
                        help='directory of the log, the images and the '
                             'snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--seed', type=int, default=0,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')
    return parser.parse_args()


def main():
    args = parse_args()
    print(f'GPU: {args.gpu}')
    print(f'# Minibatch-size: {args.batchsize}')
    print(f'# n_hidden: {args.n_hidden}')
    print(f'# epoch: {args.epoch}')
    print('')

    random.seed(args.seed)
    np.random.seed(args.seed)

    gen = net.Generator(args.n_hidden, ch=args.channels)
    dis = net.Discriminator(ch=args.channels)
    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
        gen.to_gpu()
        dis.to_gpu()

    train_iter = chainer.iterators.SerialIterator(
        get_dataset(args.dataset), args.batchsize)
    trainer = training.Trainer(
        updater.DCGANUpdater(
            train_iter,
            {'gen': make_optimizer(gen), 'dis': make_optimizer(dis)},
            device=args.gpu),
        (args.epoch, 'epoch'), out=args.out)

    trainer.extend(visualize.out_generated_image(
        gen, rows=10, cols=10, seed=args.seed, dst='preview'))
    # One snapshot, of the last epoch, and the generator
    trainer.extend(extensions.snapshot(filename='snapshot'))
    trainer.extend(extensions.snapshot_object(gen, 'gen.npz'))
    trainer.extend(extensions.LogReport())
    trainer.extend(extensions.PrintReport(
        ['epoch', 'iteration', 'gen/loss', 'dis/loss']))
    trainer.extend(extensions.ProgressBar(update_interval=10))
    if extensions.PlotReport.available():
        trainer.extend(extensions.PlotReport(
            ['gen/loss', 'dis/loss'], 'epoch', file_name='loss.png'))

    if args.resume:
        chainer.serializers.load_npz(args.resume, trainer)

    trainer.run()


if __name__ == '__main__':
    main()
