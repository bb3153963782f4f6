"""Generator of images, and the discriminator that it has to deceive.

See: A. Radford, L. Metz, S. Chintala, Unsupervised Representation Learning
with Deep Convolutional Generative Adversarial Networks (arXiv:1511.06434).
"""
import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L


class Generator(chainer.Chain):
    """From codes to images with pixels from 0 to 1.

    Each of two deconvolutions doubles the size: an image is four times as wide
    as ``bottom_width``.
    """

    def __init__(self, n_hidden, bottom_width=7, ch=64, wscale=0.02):
        W = chainer.initializers.Normal(wscale)
        super(Generator, self).__init__(
            l0=L.Linear(n_hidden, bottom_width ** 2 * ch, initialW=W),
            bn0=L.BatchNormalization(ch),
            dc1=L.Deconvolution2D(
                ch, ch // 2, 4, stride=2, pad=1, initialW=W),
            bn1=L.BatchNormalization(ch // 2),
            dc2=L.Deconvolution2D(ch // 2, 1, 4, stride=2, pad=1, initialW=W),
        )
        self.n_hidden = n_hidden
        self.bottom_width = bottom_width

    def make_hidden(self, batchsize):
        """Draws codes."""
        return np.random.uniform(
            -1, 1, (batchsize, self.n_hidden)).astype(np.float32)

    def __call__(self, z, test=False):
        h = F.reshape(self.l0(z), (
            len(z.data), -1, self.bottom_width, self.bottom_width))
        h = F.relu(self.bn0(h, test=test))
        h = F.relu(self.bn1(self.dc1(h), test=test))
        return F.sigmoid(self.dc2(h))


class Discriminator(chainer.Chain):
    """From images to scores: positive if an image seems to be a real one."""

    def __init__(self, bottom_width=7, ch=64, wscale=0.02):
        W = chainer.initializers.Normal(wscale)
        super(Discriminator, self).__init__(
            c0=L.Convolution2D(1, ch // 2, 4, stride=2, pad=1, initialW=W),
            c1=L.Convolution2D(ch // 2, ch, 4, stride=2, pad=1, initialW=W),
            bn1=L.BatchNormalization(ch),
            l2=L.Linear(bottom_width ** 2 * ch, 1, initialW=W),
        )

    def __call__(self, x, test=False):
        h = F.leaky_relu(self.c0(x))
        h = F.leaky_relu(self.bn1(self.c1(h), test=test))
        return self.l2(h)
