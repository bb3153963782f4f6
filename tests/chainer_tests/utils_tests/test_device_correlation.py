import unittest
from unittest import mock

import numpy

from chainer import cuda, testing
from chainer.testing import attr
from chainer.utils import conv, correlation, device_correlation


@testing.parameterize(*testing.product({
    'n_image': [0, 1, 5],
    # Bytes: one image at a time, two at a time, all at once.
    'block': [1, 2 * 3 * 6 * 24 * 8, 1 << 20],
    'n_filter': [2, 20],
    'ksize': [(3, 2), (1, 1)],
}))
@attr.gpu
class TestBlocks(unittest.TestCase):
    """Columns are made in blocks, of which one cannot tell the number."""

    def setUp(self):
        random = numpy.random.RandomState(0)
        pad = 0 if self.ksize == (1, 1) else 1
        window = (4, 5), self.ksize, (1, 1), (pad, pad)
        out_size = tuple([
            conv.get_conv_outsize(*axis) for axis in zip(*window)])
        self.host = correlation.Correlation(*window, out_size)
        self.device = device_correlation.DeviceCorrelation(*window, False)
        blocks = dict.fromkeys(device_correlation.BLOCKS, self.block)
        patch = mock.patch.object(device_correlation, 'BLOCKS', blocks)
        patch.start()
        self.addCleanup(patch.stop)
        self.x = random.randn(self.n_image, 3, 4, 5)
        self.W = random.randn(self.n_filter, 3, *self.ksize)
        self.gy = random.randn(self.n_image, self.n_filter, *out_size)

    def check(self, name, *arrays):
        expected = getattr(self.host, name)(*arrays)
        actual = getattr(self.device, name)(*map(cuda.to_gpu, arrays))
        testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-10)
        return actual

    def test_forward(self):
        self.check('forward', self.x, self.W)

    def test_data_gradient(self):
        self.check('data_gradient', self.gy, self.W)

    def test_weight_gradient(self):
        gW = self.check('weight_gradient', self.x, self.gy)
        self.assertTrue(gW.flags.c_contiguous)

    def test_both(self):
        y, gW = self.device.forward_and_weight_gradient(
            *map(cuda.to_gpu, (self.x, self.W, self.gy)))
        testing.assert_allclose(
            y, self.host.forward(self.x, self.W), atol=1e-10)
        testing.assert_allclose(
            gW, self.host.weight_gradient(self.x, self.gy), atol=1e-10)

    def test_number_of_blocks(self):
        sizes = [len(columns) for _, columns
                 in self.device._blocks(cuda.to_gpu(self.x))]
        self.assertEqual(sum(sizes), self.n_image)
        if self.block == 1:
            self.assertEqual(sizes, [1] * self.n_image)
        elif self.block == 1 << 20:
            self.assertEqual(sizes, [self.n_image] * (self.n_image > 0))
        elif self.ksize == (3, 2):
            self.assertEqual(max(sizes, default=0), min(self.n_image, 2))
