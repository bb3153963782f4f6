#!/usr/bin/env python
"""Makes a folder of images to train on, where there is no ImageNet.

They show a disk, a square, a triangle or a cross, which is what they are to be
classified by, of any colour, size and place on a coloured, striped ground.
"""
import argparse
import os

import numpy as np
from PIL import Image

CLASSES = 'disk', 'square', 'triangle', 'cross'


def shape(label, x, y):
    """Returns where a shape is that fills the square from -1 to 1."""
    if label == 0:
        return x ** 2 + y ** 2 < 1
    if label == 1:
        return np.maximum(abs(x), abs(y)) < 0.85
    if label == 2:
        return (y < 0.8) & (y > 2 * abs(x) - 0.9)
    return (np.minimum(abs(x), abs(y)) < 0.3) & (
        np.maximum(abs(x), abs(y)) < 1)


def make_image(label, size, random_state):
    """Returns pixels of the shape (size, size, 3)."""
    y, x = np.mgrid[:size, :size] / (size / 2) - 1
    ground, light, figure = random_state.uniform(0, 255, (3, 3))
    while abs(figure - ground).max() < 100:
        figure = random_state.uniform(0, 255, 3)
    angle = random_state.uniform(0, np.pi)
    frequency = random_state.uniform(5, 20)
    stripes = np.sin(
        frequency * (x * np.cos(angle) + y * np.sin(angle)))[..., None]
    image = ground + 0.2 * stripes * (light - ground)
    # In the middle, or random crops would lose too much of it
    dx, dy = random_state.uniform(-0.25, 0.25, 2)
    scale = random_state.uniform(0.4, 0.6)
    image[shape(label, (x - dx) / scale, (y - dy) / scale)] = figure
    image += random_state.normal(0, 10, image.shape)
    return image.clip(0, 255).astype(np.uint8)


def make_images(directory, name, n, size, random_state):
    """Writes images, and the list of their paths and labels."""
    os.makedirs(os.path.join(directory, name), exist_ok=True)
    with open(os.path.join(directory, name + '.txt'), 'w') as f:
        for i in range(n):
            label = i % len(CLASSES)
            path = f'{name}/{CLASSES[label]}{i}.png'
            Image.fromarray(make_image(label, size, random_state)).save(
                os.path.join(directory, path))
            f.write(f'{path} {label}\n')


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', '-o', default='images',
                        help='directory of the images and of the lists '
                             'train.txt and val.txt')
    parser.add_argument('--n_train', type=int, default=800,
                        help='number of images for training')
    parser.add_argument('--n_val', type=int, default=100,
                        help='number of images for validation')
    parser.add_argument('--size', type=int, default=256,
                        help='width and height in pixels')
    parser.add_argument('--seed', type=int, default=0,
                        help='seed: the same seed gives the same images')
    args = parser.parse_args()

    random_state = np.random.RandomState(args.seed)
    for name, n in ('train', args.n_train), ('val', args.n_val):
        make_images(args.out, name, n, args.size, random_state)


if __name__ == '__main__':
    main()
