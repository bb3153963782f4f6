import unittest
from unittest import mock

import numpy

from chainer import cuda, utils
from chainer.testing import attr
from chainer.utils import walker_alias


class TestWalkerAlias(unittest.TestCase):

    def probabilities(self, sampler):
        """Reads the exact probabilities off the table."""
        size = len(sampler.threshold)
        probs = numpy.zeros(size)
        values = sampler.values.reshape(size, 2)
        for (first, second), threshold in zip(values, sampler.threshold):
            probs[first] += min(threshold, 1) / size
            probs[second] += max(1 - threshold, 0) / size
        return probs

    def test_table(self):
        random = numpy.random.RandomState(0)
        for probs in ([1], [1, 1], [5, 3, 4, 1, 2], [0, 0, 1, 0], [0.1] * 10,
                      numpy.arange(7), random.uniform(0, 1, 1000),
                      random.uniform(0, 1, 1000) ** 20, [1e-300, 1e-300],
                      1 / numpy.arange(1, 5000)):
            sampler = utils.WalkerAlias(probs)
            expected = numpy.array(probs) / numpy.sum(probs)
            numpy.testing.assert_allclose(
                self.probabilities(sampler), expected, rtol=1e-5, atol=1e-7)

    def test_arguments_of_many_kinds(self):
        for probs in ((1, 3), numpy.array([1, 3]), numpy.array([1, 3], 'f')):
            sampler = utils.WalkerAlias(probs)
            numpy.testing.assert_array_equal(
                self.probabilities(sampler), [0.25, 0.75])

    def test_argument_is_not_changed(self):
        probs = numpy.array([1.0, 3.0])
        utils.WalkerAlias(probs)
        numpy.testing.assert_array_equal(probs, [1, 3])

    def test_shape_and_type(self):
        sampler = utils.WalkerAlias([5, 3, 2])
        for shape in [(), (0,), (4,), (2, 3, 4), 5]:
            sample = sampler.sample(shape)
            self.assertEqual(numpy.shape(sample), numpy.empty(shape).shape)
            self.assertEqual(sample.dtype, numpy.int32)
        self.assertIsInstance(sampler.sample((2, 3)), numpy.ndarray)

    def test_frequencies(self):
        probs = numpy.array([5, 3, 4, 1, 2, 0, 10]) / 25
        sampler = utils.WalkerAlias(probs)
        numpy.random.seed(0)
        count = 100000
        observed = numpy.bincount(sampler.sample(count), minlength=7)
        self.assertEqual(observed[5], 0)
        expected = probs * count
        used = expected > 0
        chi2 = ((observed - expected)[used] ** 2 / expected[used]).sum()
        # 5 degrees of freedom: exceeded with a probability of 0.001.
        self.assertLess(chi2, 20.5)
        # And not suspiciously small (probability 0.001).
        self.assertGreater(chi2, 0.21)

    def test_one_uniform_number_for_each_draw(self):
        sampler = utils.WalkerAlias([1, 3])
        # Boxes: [0, 1] divided at 0.5, and [1, 1].
        uniform = numpy.array([0, 0.24, 0.26, 0.49, 0.5, 0.99])
        with mock.patch('numpy.random.uniform', return_value=uniform) as draw:
            sample = sampler.sample((6,))
        draw.assert_called_once_with(0, 1, (6,))
        numpy.testing.assert_array_equal(sample, [0, 0, 1, 1, 1, 1])

    def test_largest_uniform_number(self):
        largest = numpy.nextafter(1.0, 0.0)
        for size in (1, 2, 3, 5, 7, 1000, 99999):
            sampler = utils.WalkerAlias(numpy.ones(size))
            with mock.patch('numpy.random.uniform',
                            return_value=numpy.array([largest])):
                self.assertEqual(sampler.sample(1)[0], size - 1)

    def test_seed(self):
        sampler = utils.WalkerAlias([5, 3, 2])
        numpy.random.seed(0)
        first = sampler.sample((100,))
        numpy.random.seed(0)
        numpy.testing.assert_array_equal(sampler.sample((100,)), first)

    def test_invalid_probabilities(self):
        for probs, message in [
                ([1, -1], 'that of 1 is -1'),
                ([1, 2, numpy.nan], 'that of 2 is nan'),
                ([numpy.inf, 1], 'that of 0 is inf'),
                ([0, 0], 'zero'), ([], 'shape'), (3, 'shape'),
                ([[1, 2], [3, 4]], 'shape')]:
            with self.assertRaisesRegex(ValueError, message):
                utils.WalkerAlias(probs)

    def test_to_cpu_on_cpu(self):
        sampler = utils.WalkerAlias([5, 3, 2])
        threshold = sampler.threshold
        sampler.to_cpu()
        self.assertFalse(sampler.use_gpu)
        self.assertIs(sampler.threshold, threshold)

    def test_same_object(self):
        self.assertIs(utils.WalkerAlias, walker_alias.WalkerAlias)


@attr.gpu
class TestWalkerAliasOnDevice(unittest.TestCase):

    def sampler(self, probs):
        sampler = utils.WalkerAlias(probs)
        sampler.to_gpu()
        cuda.cupy.random.seed(0)
        return sampler

    def test_there_and_back(self):
        sampler = self.sampler([5, 3, 2])
        self.assertTrue(sampler.use_gpu)
        self.assertIsInstance(sampler.threshold, cuda.ndarray)
        self.assertIsInstance(sampler.values, cuda.ndarray)
        sampler.to_cpu()
        self.assertFalse(sampler.use_gpu)
        expected = utils.WalkerAlias([5, 3, 2])
        for name in 'threshold', 'values':
            numpy.testing.assert_array_equal(
                getattr(sampler, name), getattr(expected, name))
        self.assertIsInstance(sampler.sample(3), numpy.ndarray)

    def test_type_and_shape(self):
        sampler = self.sampler([5, 3, 2])
        for shape, expected in (3, (3,)), ((), ()), ((2, 3), (2, 3)), (
                (0, 2), (0, 2)):
            samples = sampler.sample(shape)
            self.assertIsInstance(samples, cuda.ndarray)
            self.assertEqual(
                (samples.dtype, samples.shape), (numpy.int32, expected))

    def test_frequencies(self):
        for probs in ([1], [5, 3, 2], [0, 0, 1, 0], [0, 7, 1, 0, 2, 0],
                      [1] * 10):
            samples = self.sampler(probs).sample(20000).get()
            counts = numpy.bincount(samples, minlength=len(probs))
            self.assertEqual(len(counts), len(probs))
            probs = numpy.array(probs) / sum(probs)
            # Five standard deviations.
            limit = 5 * numpy.sqrt(probs * (1 - probs) * 20000)
            self.assertTrue((abs(counts - probs * 20000) <= limit).all())

    def test_same_seed(self):
        samples = [self.sampler([5, 3, 2]).sample(100).get()
                   for _ in range(2)]
        numpy.testing.assert_array_equal(*samples)

    def test_result_of_one_does_not_change_when_drawn_again(self):
        sampler = self.sampler([5, 3, 2])
        first = sampler.sample(100)
        before = first.get()
        self.assertTrue((sampler.sample(100).get() != before).any())
        numpy.testing.assert_array_equal(first.get(), before)

    @attr.multi_gpu(2)
    def test_other_device(self):
        sampler = self.sampler([5, 3, 2])
        with cuda.get_device(1):
            sampler.to_gpu()
            self.assertEqual(sampler.sample(3).device, cuda.Device(1))
