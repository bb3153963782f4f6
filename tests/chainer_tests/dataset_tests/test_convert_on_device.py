import unittest

import numpy

import chainer
from chainer import cuda
from chainer.testing import attr


@attr.multi_gpu(2)
class TestConcatExamplesOnDevice(unittest.TestCase):

    def check(self, array, place, expected):
        self.assertEqual(int(cuda.get_device(array)), place)
        numpy.testing.assert_array_equal(
            cuda.to_cpu(array), expected, strict=True)
        self.assertEqual(cuda.Device().id, 0)

    def places(self):
        for source in (-1, 0, 1):
            for target in (None, -1, 0, 1):
                yield source, target, source if target is None else target

    def test_arrays(self):
        xs = [numpy.full((2, 3), i, 'f') for i in range(4)]
        for source, target, place in self.places():
            batch = [cuda.send(x, source) for x in xs]
            self.check(chainer.dataset.concat_examples(batch, target),
                       place, numpy.stack(xs))

    def test_tuples_and_dictionaries(self):
        xs = [numpy.full(2, i, 'f') for i in range(4)]
        for source, target, place in self.places():
            batch = [(cuda.send(x, source), i) for i, x in enumerate(xs)]
            x, t = chainer.dataset.concat_examples(batch, target)
            self.check(x, place, numpy.stack(xs))
            self.check(t, -1 if target is None else target, numpy.arange(4))
            both = chainer.dataset.concat_examples(
                [{'x': x, 't': t} for x, t in batch], target)
            self.check(both['x'], place, numpy.stack(xs))
            self.check(both['t'], -1 if target is None else target,
                       numpy.arange(4))

    def test_padding(self):
        xs = [numpy.arange(n).astype('f') for n in (3, 1, 2)]
        expected = numpy.array([[0, 1, 2], [0, -1, -1], [0, 1, -1]], 'f')
        for source, target, place in self.places():
            batch = [cuda.send(x, source) for x in xs]
            self.check(chainer.dataset.concat_examples(
                batch, target, padding=-1), place, expected)

    def test_different_shapes(self):
        batch = [cuda.to_gpu(numpy.zeros(n), 1) for n in (2, 3)]
        with self.assertRaisesRegex(ValueError, 'padding='):
            chainer.dataset.concat_examples(batch, 0)
