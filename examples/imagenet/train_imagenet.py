#!/usr/bin/env python
"""Trains a convolutional network to classify images, as those of ImageNet.

The images are files, all of one size, of 256x256 pixels usually. Two lists
name them, for training and for validation; their mean is to be computed first,
by compute_mean.py. Without lists, it makes images for a start.
"""
import argparse
import os
import random

import alex
import compute_mean
import googlenet
import googlenetbn
import make_images
import nin
import numpy as np
import resnet50

import chainer
from chainer import training
from chainer.training import extensions

ARCHS = {
    'alex': alex.Alex,
    'googlenet': googlenet.GoogLeNet,
    'googlenetbn': googlenetbn.GoogLeNetBN,
    'nin': nin.NIN,
    'resnet50': resnet50.ResNet50,
}


# How many images are made if none are given.
N_MADE = {'train': 800, 'val': 100}


class PreprocessedDataset(chainer.dataset.DatasetMixin):
    """Images less their mean, cropped to what a network takes.

    For training, the place of the crop is random, and one half of the images
    is mirrored; for validation, it is the middle.
    """

    def __init__(self, path, root, mean, crop_size, random=True):
        self.base = chainer.datasets.LabeledImageDataset(path, root)
        self.mean = mean.astype(np.float32)
        self.crop_size = crop_size
        self.random = random

    def __len__(self):
        return len(self.base)

    def get_example(self, i):
        image, label = self.base[i]
        image -= self.mean
        image /= 255
        rest = np.array(image.shape[1:]) - self.crop_size
        if rest.min() < 0:
            raise ValueError(
                f'an image of {image.shape[2]}x{image.shape[1]} pixels is too '
                f'small for the network, which takes {self.crop_size}')
        top, left = np.random.randint(rest + 1) if self.random else rest // 2
        image = image[:, top:top + self.crop_size, left:left + self.crop_size]
        if self.random and np.random.randint(2):
            image = image[:, :, ::-1]
        return image, label


class TestModeEvaluator(extensions.Evaluator):
    """Evaluator of a network that has to know that it is not training."""

    def evaluate(self):
        model = self.get_target('main')
        model.train = False
        try:
            return super(TestModeEvaluator, self).evaluate()
        finally:
            model.train = True


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('train', nargs='?',
                        help='list of the images for training: a path and a '
                             'label in each line')
    parser.add_argument('val', nargs='?', help='list of those for validation')
    parser.add_argument('--arch', '-a', choices=sorted(ARCHS), default='nin',
                        help='architecture of the network')
    parser.add_argument('--batchsize', '-B', type=int, default=32,
                        help='number of images in each minibatch')
    parser.add_argument('--epoch', '-E', type=int, default=10,
                        help='number of sweeps over the training set')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    parser.add_argument('--initmodel', default='',
                        help='file of a model whose parameters to start from')
    parser.add_argument('--loaderjob', '-j', type=int,
                        help='number of processes that load images; by '
                             'default as many as there are CPUs')
    parser.add_argument('--mean', '-m', default='mean.npy',
                        help='file of the mean image')
    parser.add_argument('--out', '-o', default='result',
                        help='directory of the log, the curves and the '
                             'snapshots')
    parser.add_argument('--resume', '-r', default='',
                        help='snapshot to continue from')
    parser.add_argument('--root', '-R', default='.',
                        help='directory that the paths are relative to')
    parser.add_argument('--seed', type=int,
                        help='seed of all random numbers: the same seed gives '
                             'the same result')
    parser.add_argument('--test', action='store_true',
                        help='make two updates only, to see whether '
                             'everything works')
    parser.add_argument('--val_batchsize', '-b', type=int, default=250,
                        help='number of images in each minibatch of the '
                             'validation')
    args = parser.parse_args()
    if args.train and not args.val:
        parser.error('there is a list for training and none for validation')
    return args


def use_made_images(args):
    """Makes images, lists and a mean, and sets the arguments to them."""
    args.root = os.path.join(args.out, 'images')
    args.train, args.val, args.mean = [
        os.path.join(args.root, name)
        for name in ('train.txt', 'val.txt', 'mean.npy')]
    if os.path.exists(args.mean):  # which comes last
        return
    print(f'No images are given, so this makes some in {args.root}; --test '
          f'makes two updates only')
    random_state = np.random.RandomState(0)
    for name, n in N_MADE.items():
        make_images.make_images(args.root, name, n, 256, random_state)
    np.save(args.mean, compute_mean.compute_mean(
        chainer.datasets.LabeledImageDataset(args.train, args.root)))


def main():
    args = parse_args()
    if not args.train:
        use_made_images(args)
    if args.gpu >= 0:
        chainer.cuda.get_device(args.gpu).use()
    if args.seed is not None:
        random.seed(args.seed)
        np.random.seed(args.seed)
        if args.gpu >= 0:  # dropout is drawn on the device
            chainer.cuda.cupy.random.seed(args.seed)

    model = ARCHS[args.arch]()
    if args.initmodel:
        chainer.serializers.load_npz(args.initmodel, model)
    if args.gpu >= 0:
        model.to_gpu()

    mean = np.load(args.mean)
    train = PreprocessedDataset(args.train, args.root, mean, model.insize)
    val = PreprocessedDataset(
        args.val, args.root, mean, model.insize, random=False)
    # Other processes read and crop the images while the network trains.
    train_iter = chainer.iterators.MultiprocessIterator(
        train, args.batchsize, n_processes=args.loaderjob)
    val_iter = chainer.iterators.MultiprocessIterator(
        val, args.val_batchsize, repeat=False, shuffle=False,
        n_processes=args.loaderjob)

    optimizer = chainer.optimizers.MomentumSGD(lr=0.01, momentum=0.9)
    optimizer.setup(model)

    updater = training.StandardUpdater(train_iter, optimizer, device=args.gpu)
    interval = (2, 'iteration') if args.test else (1, 'epoch')
    stop = interval if args.test else (args.epoch, 'epoch')
    trainer = training.Trainer(updater, stop, out=args.out)

    trainer.extend(TestModeEvaluator(val_iter, model, device=args.gpu),
                   trigger=interval)
    trainer.extend(extensions.snapshot(), trigger=interval)
    trainer.extend(extensions.snapshot_object(
        model, 'model_iter_{.updater.iteration}'), trigger=interval)
    trainer.extend(extensions.LogReport(trigger=interval))
    trainer.extend(extensions.PrintReport(
        ['epoch', 'iteration', 'main/loss', 'validation/main/loss',
         'main/accuracy', 'validation/main/accuracy']), trigger=interval)
    trainer.extend(extensions.ProgressBar(update_interval=10))
    if extensions.PlotReport.available():
        for name in 'loss', 'accuracy':
            trainer.extend(extensions.PlotReport(
                [f'main/{name}', f'validation/main/{name}'], 'epoch',
                trigger=interval, file_name=f'{name}.png'))

    if args.resume:
        chainer.serializers.load_npz(args.resume, trainer)

    trainer.run()


if __name__ == '__main__':
    main()
