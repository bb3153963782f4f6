#!/usr/bin/env python
"""Trains a variational auto-encoder on images of handwritten digits.

After each epoch it draws digits: those of the training and of the test set,
each with its reconstruction below it, and digits that nobody has written,
which the decoder makes from random codes.
"""
import argparse
import os
import random

import net
import numpy as np

import chainer
from chainer import datasets, training
from chainer.training import extensions

try:
    from PIL import Image
except ImportError:
    Image = None


def get_dataset(name):
    """Returns the training and the test images of a name."""
    get = {'digits': datasets.get_digits, 'mnist': datasets.get_mnist,
           'fashion': datasets.get_fashion_mnist}[name]
    return get(withlabel=False)


def save_images(x, path, n_columns=10):
    """Saves images of 28x28 pixels side by side, as a PNG file."""
    rows = x.reshape(-1, n_columns, 28, 28)
    sheet = rows.transpose(0, 2, 1, 3).reshape(-1, n_columns * 28)
    sheet = (sheet * 255).round().astype(np.uint8)
    if Image is None:  # no Pillow: numpy.load reads this
        np.save(path + '.npy', sheet)
    else:
        Image.fromarray(sheet).save(path + '.png')


def draw_images(model, train, test):
    """Returns an extension that saves what the model makes of images."""
    # The same codes each time, so that one sees what they become
    z = np.random.RandomState(0).normal(
        size=(100, model.le2_mu.b.data.size)).astype(np.float32)

    def call(function, x):
        x = chainer.Variable(model.xp.asarray(x), volatile='on')
        return chainer.cuda.to_cpu(function(x).data)

    @training.make_extension(trigger=(1, 'epoch'))
    def draw(trainer):
        for name, images in ('train', train[:50]), ('test', test[:50]):
            x = images.reshape(5, 1, -1)
            y = call(model, images).reshape(5, 1, -1)
            save_images(np.hstack([x, y]), os.path.join(
                trainer.out, name + '_reconstructed'))
        save_images(call(model.decode, z),
                    os.path.join(trainer.out, 'sampled'))

    return draw


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--batchsize', '-b', type=int, default=100,
                        help='number of images in each minibatch')
    parser.add_argument('--dataset', '-d', default='digits',
                        choices=['digits', 'mnist', 'fashion'],
                        help='images to train on: generated digits, which '
                             'need no download, MNIST or Fashion-MNIST')
    parser.add_argument('--dimz', '-z', type=int, default=20,
                        help='how many numbers a code has')
    parser.add_argument('--epoch', '-e', type=int, default=30,
                        help='number of sweeps over the training set')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--initmodel', '-m', default='',
                        help='file of a model whose parameters to start from')
    parser.add_argument('--out', '-o', default='result',
                        help='directory of the log, the images and the '
                             'snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--seed', type=int,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')
    parser.add_argument('--unit', '-u', type=int, default=500,
                        help='number of units of a hidden layer')
    return parser.parse_args()


def main():
    args = parse_args()
    print(f'GPU: {args.gpu}')
    print(f'# dim z: {args.dimz}')
    print(f'# Minibatch-size: {args.batchsize}')
    print(f'# epoch: {args.epoch}')
    print('')

    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)
        if args.gpu >= 0:  # the codes are drawn on the device
            chainer.cuda.cupy.random.seed(args.seed)

    model = net.VAE(784, args.dimz, args.unit)
    if args.initmodel:
        chainer.serializers.load_npz(args.initmodel, model)
    if args.gpu >= 0:
        model.to_gpu()

    optimizer = chainer.optimizers.Adam()
    optimizer.setup(model)

    train, test = get_dataset(args.dataset)
    train_iter = chainer.iterators.SerialIterator(train, args.batchsize)
    test_iter = chainer.iterators.SerialIterator(
        test, args.batchsize, repeat=False, shuffle=False)

    updater = training.StandardUpdater(
        train_iter, optimizer, device=args.gpu,
        loss_func=model.get_loss_func())
    trainer = training.Trainer(updater, (args.epoch, 'epoch'), out=args.out)

    # More codes for each image make the estimate of the test loss better.
    trainer.extend(extensions.Evaluator(
        test_iter, model, device=args.gpu,
        eval_func=model.get_loss_func(k=10)))
    trainer.extend(draw_images(model, train, test))
    # The snapshots are large: one of the last epoch is kept, and the model.
    trainer.extend(extensions.snapshot(filename='snapshot'))
    trainer.extend(extensions.snapshot_object(model, 'vae.model'))
    trainer.extend(extensions.LogReport())
    trainer.extend(extensions.PrintReport(
        ['epoch', 'main/loss', 'validation/main/loss',
         'main/rec_loss', 'validation/main/rec_loss']))
    trainer.extend(extensions.ProgressBar())
    if extensions.PlotReport.available():
        trainer.extend(extensions.PlotReport(
            ['main/loss', 'validation/main/loss'], 'epoch',
            file_name='loss.png'))

    if args.resume:
        chainer.serializers.load_npz(args.resume, trainer)

    trainer.run()


if __name__ == '__main__':
    main()
