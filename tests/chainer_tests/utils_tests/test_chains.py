import unittest

import numpy

from chainer import cuda
from chainer.testing import attr
from chainer.utils import chains


@attr.gpu
class TestLink(unittest.TestCase):

    def chains_of(self, ids, n_id):
        first, following = chains.link(cuda.to_gpu(ids), n_id)
        first, following = first.get(), following.get()
        found = []
        for place in numpy.flatnonzero(first):
            chain = []
            while place >= 0:
                chain.append(int(place))
                place = following[place]
            found.append(chain)
        return found

    def check(self, ids, n_id):
        flat = ids.ravel()
        expected = [numpy.flatnonzero(flat == i).tolist()
                    for i in range(n_id) if (flat == i).any()]
        self.assertEqual(sorted(self.chains_of(ids, n_id)), sorted(expected))

    def test_values(self):
        self.check(numpy.array([2, 0, 2, 2, 1, 0]), 3)
        self.check(numpy.array([2, 0, 2, 2, 1, 0]), 100)
        random = numpy.random.RandomState(0)
        for dtype in 'bBiIlL':
            self.check(random.randint(100, size=500).astype(dtype), 100)

    def test_shape_and_layout(self):
        ids = numpy.random.RandomState(0).randint(9, size=(5, 4))
        self.check(ids, 9)
        first, _ = chains.link(cuda.to_gpu(ids).T, 9)
        self.assertEqual(first.shape, (20,))
        expected, _ = chains.link(cuda.to_gpu(ids.T.copy()), 9)
        numpy.testing.assert_array_equal(first.get(), expected.get())

    def test_others_are_in_no_chain(self):
        self.check(numpy.array([-1, 1, 3, 1, -20, 10 ** 12]), 3)

    def test_empty(self):
        self.check(numpy.zeros((0, 3), 'i'), 3)
        self.check(numpy.array([0, 1]), 0)
