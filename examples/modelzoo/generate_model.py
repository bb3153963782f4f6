#!/usr/bin/env python
"""Writes a small model of Caffe, and images that it can classify.

It is to see evaluate_caffe_net.py at work without any download. The images
show coloured spots, and the classes are their colours. The model was not
trained: its weights are simply the colours.
"""
import argparse
import os
import sys

import numpy as np

try:
    from PIL import Image, ImageDraw

    from chainer.links.caffe import caffe_pb
except ImportError as error:
    sys.exit(f'Pillow and protobuf are needed: {error}')

# Red, green and blue: more than the mean, or less
COLOURS = {'red': (1, -1, -1), 'green': (-1, 1, -1), 'blue': (-1, -1, 1),
           'yellow': (1, 1, -1), 'magenta': (1, -1, 1), 'cyan': (-1, 1, 1)}
# The blob of the scores has another name in each type of model.
SCORES = {'alexnet': 'fc8', 'caffenet': 'fc8', 'googlenet': 'loss3/classifier',
          'resnet': 'fc1000'}
SIZE = 256


def draw(colour, random):
    """Returns an image of spots of a colour on a ground of any other."""
    pixels = random.randint(60, 180, (SIZE // 16, SIZE // 16, 3))
    image = Image.fromarray(pixels.astype(np.uint8)).resize((SIZE, SIZE))
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = random.randint(-20, SIZE - 40, 2)
        w, h = random.randint(50, 100, 2)
        shade = 120 + 100 * np.array(colour) + random.randint(-20, 21, 3)
        pen.ellipse([x, y, x + w, y + h],
                    fill=tuple(shade.clip(0, 255).tolist()))
    return image


def make_model(scores):
    """Returns the network, a message of protobuf.

    A convolution averages the colour of patches: two filters for each of blue,
    green and red, one for what is above the mean and one for what is below.
    Rectified and averaged over the image, that is compared with each colour.
    """
    net = caffe_pb.NetParameter(name='Colours')
    filters = np.zeros((6, 3, 8, 8))
    templates = np.zeros((len(COLOURS), 6))
    for channel in range(3):
        filters[2 * channel, channel] = 1 / 64
        filters[2 * channel + 1, channel] = -1 / 64
        for row, colour in zip(templates, COLOURS.values()):
            sign = colour[::-1][channel]  # Caffe has blue first
            row[2 * channel:2 * channel + 2] = sign * .1, -sign * .1

    conv = add_layer(net, 'Convolution', 'conv1', 'data', 'conv1', filters)
    conv.convolution_param.num_output = 6
    conv.convolution_param.kernel_size.append(8)
    conv.convolution_param.stride.append(4)
    conv.convolution_param.bias_term = False
    add_layer(net, 'ReLU', 'relu1', 'conv1', 'conv1')
    pool = add_layer(net, 'Pooling', 'pool1', 'conv1', 'pool1').pooling_param
    pool.pool = pool.AVE
    pool.global_pooling = True
    fc = add_layer(net, 'InnerProduct', scores, 'pool1', scores, templates)
    fc.inner_product_param.num_output = len(COLOURS)
    fc.inner_product_param.bias_term = False
    add_layer(net, 'Softmax', 'prob', scores, 'prob')
    return net


def add_layer(net, type_, name, bottom, top, weights=None):
    layer = net.layer.add(type=type_, name=name, bottom=[bottom], top=[top])
    if weights is not None:
        blob = layer.blobs.add()
        blob.shape.dim.extend(weights.shape)
        blob.data.extend(weights.ravel().tolist())
    return layer


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model-type', '-t', default='caffenet',
                        choices=sorted(SCORES),
                        help='type of model that it is to stand for')
    parser.add_argument('--out', '-o', default='sample',
                        help='directory to write to')
    parser.add_argument('--images', '-n', type=int, default=60,
                        help='number of images')
    parser.add_argument('--seed', type=int, default=0,
                        help='seed of the random numbers')
    args = parser.parse_args()
    if args.images < 1:
        parser.error('--images must be at least 1')

    random = np.random.RandomState(args.seed)
    os.makedirs(args.out, exist_ok=True)
    total, lines = 0, []
    for i in range(args.images):
        label = i % len(COLOURS)
        image = draw(list(COLOURS.values())[label], random)
        name = f'{i:04}.png'
        image.save(os.path.join(args.out, name))
        lines.append(f'{name} {label}\n')
        total = total + np.asarray(image, np.float32)

    mean = (total / args.images).transpose(2, 0, 1)[::-1]
    np.save(os.path.join(args.out, 'mean.npy'), mean)
    with open(os.path.join(args.out, 'images.txt'), 'w') as f:
        f.writelines(lines)
    model = make_model(SCORES[args.model_type])
    with open(os.path.join(args.out, 'sample.caffemodel'), 'wb') as f:
        f.write(model.SerializeToString())
    print(f'wrote a model, its images and their mean: now run\n'
          f'python evaluate_caffe_net.py {args.out}/images.txt '
          f'{args.model_type} {args.out}/sample.caffemodel '
          f'--basepath {args.out} --mean {args.out}/mean.npy')


if __name__ == '__main__':
    main()
