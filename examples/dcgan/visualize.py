"""Shows what a generator makes."""
import os

import numpy as np

import chainer
from chainer import training

try:
    from PIL import Image
except ImportError:
    Image = None


def out_generated_image(gen, rows, cols, seed, dst):
    """Returns an extension that saves a sheet of generated images.

    The codes are those of the seed, the same each time, so that one sees what
    becomes of them. The networks are used as in a test: batch normalization
    takes its averages, so that no image depends on the others.
    """
    state = np.random.get_state()
    np.random.seed(seed)
    z = gen.make_hidden(rows * cols)
    np.random.set_state(state)

    @training.make_extension(trigger=(1, 'epoch'))
    def make_image(trainer):
        codes = chainer.Variable(gen.xp.asarray(z), volatile='on')
        x = chainer.cuda.to_cpu(gen(codes, test=True).data)
        height, width = x.shape[2:]
        sheet = x.reshape(rows, cols, height, width).transpose(
            0, 2, 1, 3).reshape(rows * height, cols * width)
        directory = os.path.join(trainer.out, dst)
        os.makedirs(directory, exist_ok=True)
        save_image((sheet * 255).round().astype(np.uint8), os.path.join(
            directory, f'image{trainer.updater.iteration:0>8}'))

    return make_image


def save_image(pixels, path):
    if Image is None:  # no Pillow: numpy.load reads this
        np.save(path + '.npy', pixels)
    else:
        Image.fromarray(pixels).save(path + '.png')
