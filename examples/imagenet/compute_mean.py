#!/usr/bin/env python
"""Computes the mean image of a list of images, which must be of one size."""
import argparse
import sys

import numpy as np

import chainer


def compute_mean(dataset):
    total = 0
    for i, (image, _) in enumerate(dataset):
        # In double precision: there may be a million of them.
        total = total + image.astype(np.float64)
        sys.stderr.write(f'\r{i + 1} / {len(dataset)}')
    sys.stderr.write('\n')
    return (total / len(dataset)).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('dataset',
                        help='list of the images: a path and a label in each '
                             'line')
    parser.add_argument('--root', '-R', default='.',
                        help='directory that the paths are relative to')
    parser.add_argument('--output', '-o', default='mean.npy',
                        help='file to write the mean image to')
    args = parser.parse_args()

    dataset = chainer.datasets.LabeledImageDataset(args.dataset, args.root)
    np.save(args.output, compute_mean(dataset))


if __name__ == '__main__':
    main()
