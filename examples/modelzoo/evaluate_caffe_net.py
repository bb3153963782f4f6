#!/usr/bin/env python
"""Evaluates a model of Caffe's Model Zoo on labeled images."""
import argparse
import os
import sys

import numpy as np

import chainer
import chainer.functions as F
from chainer.links import caffe

try:
    from PIL import Image
except ImportError:
    sys.exit('Pillow is needed to read images: pip install pillow')

# By type of model, the size of its images and the blob of the scores. Those of
# BVLC lack Caffe's softmax, which is not needed: softmax_cross_entropy has it.
MODELS = {
    'alexnet': (227, 'fc8'),
    'caffenet': (227, 'fc8'),
    'googlenet': (224, 'loss3/classifier'),
    'resnet': (224, 'fc1000'),
}
# What images are resized to before their centre is cut out
FULL_SIZE = 256
# GoogLeNet was trained with a mean colour instead of a mean image.
MEAN_BGR = np.array([104, 117, 123], np.float32).reshape(3, 1, 1)


class CaffeImages(chainer.dataset.DatasetMixin):
    """Images as the models of the zoo expect them.

    That is: resized to squares, less the mean, the centre cut out, with values
    from 0 to 255, and with blue before green before red.
    """

    def __init__(self, pairs, root, mean, size):
        self.pairs = pairs
        self.root = root
        self.mean = mean
        start = (FULL_SIZE - size) // 2
        self.centre = slice(start, start + size)

    def __len__(self):
        return len(self.pairs)

    def get_example(self, i):
        path, label = self.pairs[i]
        with Image.open(os.path.join(self.root, path)) as image:
            image = image.convert('RGB').resize(
                (FULL_SIZE, FULL_SIZE), Image.Resampling.BILINEAR)
        x = np.asarray(image, np.float32).transpose(2, 0, 1)[::-1] - self.mean
        return x[:, self.centre, self.centre], np.int32(label)


def read_image_list(path):
    """Returns pairs of a path and a label, one from each line."""
    pairs = []
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            if not line.strip():
                continue
            try:
                name, label = line.rsplit(maxsplit=1)
                pairs.append((name.strip(), int(label)))
            except ValueError:
                raise ValueError(f'{path}, line {number} is not the path of '
                                 f'an image and a label: {line!r}') from None
    if not pairs:
        raise ValueError(f'{path} has no images')
    return pairs


def read_mean(path):
    mean = np.load(path).astype(np.float32)
    if mean.shape == (3,):
        return mean.reshape(3, 1, 1)
    if mean.shape != (3, FULL_SIZE, FULL_SIZE):
        raise ValueError(
            f'{path} has the shape {mean.shape}, but a mean image has '
            f'{3, FULL_SIZE, FULL_SIZE}, and a mean colour (3,)')
    return mean


def evaluate(func, blob, dataset, batchsize, gpu):
    """Returns mean loss and accuracy."""
    iterator = chainer.iterators.SerialIterator(
        dataset, batchsize, repeat=False, shuffle=False)
    total_loss = total_correct = done = 0
    for batch in iterator:
        x, t = [chainer.Variable(array, volatile='on') for array
                in chainer.dataset.concat_examples(batch, gpu)]
        y, = func(inputs={'data': x}, outputs=[blob], train=False)
        if not 0 <= t.data.min() <= t.data.max() < y.shape[1]:
            raise ValueError(f'labels must lie between 0 and '
                             f'{y.shape[1] - 1}: the model has {y.shape[1]} '
                             f'classes')
        total_loss += float(F.softmax_cross_entropy(y, t).data) * len(batch)
        total_correct += float(F.accuracy(y, t).data) * len(batch)
        done += len(batch)
        sys.stderr.write(f'{done} / {len(dataset)}\r')
        sys.stderr.flush()
    sys.stderr.write('\n')
    return total_loss / done, total_correct / done


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('dataset',
                        help='text file with the path of an image and its '
                             'label in each line')
    parser.add_argument('model_type', choices=sorted(MODELS),
                        help='type of the model')
    parser.add_argument('model', help='the model, a .caffemodel file')
    parser.add_argument('--basepath', '-b', default='/',
                        help='directory that the paths of the images are '
                             'relative to')
    parser.add_argument('--mean', '-m', default='ilsvrc_2012_mean.npy',
                        help='mean of the training images, a .npy file; not '
                             'used for googlenet')
    parser.add_argument('--batchsize', '-B', type=int, default=100,
                        help='number of images in each minibatch')
    parser.add_argument('--gpu', '-g', type=int, default=-1,
                        help='ID of the device; negative for the CPU')
    args = parser.parse_args()
    if args.batchsize < 1:
        parser.error('--batchsize must be at least 1')
    return args


def main():
    args = parse_args()
    size, blob = MODELS[args.model_type]
    try:
        googlenet = args.model_type == 'googlenet'
        mean = MEAN_BGR if googlenet else read_mean(args.mean)
        dataset = CaffeImages(
            read_image_list(args.dataset), args.basepath, mean, size)
        print(f'Loading {args.model}')
        func = caffe.CaffeFunction(args.model)
        if args.gpu >= 0:
            chainer.cuda.get_device(args.gpu).use()
            func.to_gpu()
        loss, accuracy = evaluate(
            func, blob, dataset, args.batchsize, args.gpu)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    except KeyError as error:
        sys.exit(f'{args.model} is no {args.model_type}: {error.args[0]}')
    print(f'mean loss:     {loss:.4f}')
    print(f'mean accuracy: {accuracy:.4f}')


if __name__ == '__main__':
    main()
