import math
import os
import pickle
import subprocess
import sys
import threading
import unittest

import numpy

from cupy.cuda import curand, memory

MASK = 0xffffffff
GENERATE = {
    'bits': (curand.generate, 'u4', 1, ()),
    'uniform': (curand.generateUniform, 'f4', 1, ()),
    'uniform_double': (curand.generateUniformDouble, 'f8', 2, ()),
    'normal': (curand.generateNormal, 'f4', 1, (1, 2)),
    'normal_double': (curand.generateNormalDouble, 'f8', 2, (1, 2)),
    'log_normal': (curand.generateLogNormal, 'f4', 1, (.5, .25)),
    'log_normal_double': (curand.generateLogNormalDouble, 'f8', 2,
                          (.5, .25)),
    'poisson': (curand.generatePoisson, 'u4', 1, (3.5,)),
    'poisson_large': (curand.generatePoisson, 'u4', 1, (40.,)),
}


def philox(counter, key):
    """Philox4x32-10 in plain integers, the paper's words."""
    left, right, key = counter[0::2], counter[1::2], list(key)
    for _ in range(10):
        products = 0xD2511F53 * left[0], 0xCD9E8D57 * left[1]
        left = [(products[1] >> 32) ^ right[0] ^ key[0],
                (products[0] >> 32) ^ right[1] ^ key[1]]
        right = [products[1] & MASK, products[0] & MASK]
        key = [(key[0] + 0x9E3779B9) & MASK, (key[1] + 0xBB67AE85) & MASK]
    return [left[0], right[0], left[1], right[1]]


def word(seed, i):
    """Word i of the stream of a seed."""
    block = i // 256 * 64 + i % 64
    return philox([block & MASK, block >> 32, 0, 0],
                  [seed & MASK, seed >> 32])[i % 256 // 64]


class CurandTestCase(unittest.TestCase):

    def setUp(self):
        self.generator = self.new_generator()

    def new_generator(self, kind=curand.CURAND_RNG_PSEUDO_DEFAULT):
        generator = curand.createGenerator(kind)
        self.addCleanup(curand.destroyGenerator, generator)
        return generator

    def draw(self, name, n, *args):
        function, dtype, _, default = GENERATE[name]
        out = numpy.zeros(n, dtype)
        on_device = memory.alloc(out.nbytes)
        function(self.generator, on_device.ptr, n, *(args or default))
        on_device.copy_to_host(out.ctypes.data, out.nbytes)
        return out

    def seed(self, seed, offset=0):
        curand.setGeneratorOffset(self.generator, offset)
        curand.setPseudoRandomGeneratorSeed(self.generator, seed)

    def fails(self, status, words, function, *args):
        with self.assertRaises(curand.CURANDError) as context:
            function(*args)
        self.assertEqual(status, context.exception.status)
        for part in words:
            self.assertIn(part, str(context.exception))


class TestPhilox(CurandTestCase):

    def test_known_answers(self):
        # Of the authors: Random123's kat_vectors.
        for counter, key, expected in [
                ([0] * 4, [0] * 2, '6627e8d5 e169c58d bc57ac4c 9b00dbd8'),
                ([MASK] * 4, [MASK] * 2,
                 '408f276d 41c83b0e a20bc7c6 6d5451fd'),
                ([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
                 [0xa4093822, 0x299f31d0],
                 'd16cfe09 94fdcceb 5001e420 24126ea1')]:
            words = philox(counter, key)
            self.assertEqual(expected, ' '.join(f'{w:08x}' for w in words))

    def test_words(self):
        # At the ends of chunks, of blocks' low counters, of the position.
        for seed in (0, 7, 0x123456789abcdef0):
            for offset in (0, 255, 1 << 20, (1 << 34) - 3, (1 << 63) - 300):
                self.seed(seed, offset)
                self.assertEqual(
                    [word(seed, offset + i) for i in range(600)],
                    self.draw('bits', 600).tolist())

    def test_conversions(self):
        n = 1000
        self.seed(5)
        words = self.draw('bits', 2 * n).astype('u8')
        self.seed(5)
        numpy.testing.assert_array_equal(
            ((words[:n] >> 8) + 1) / 2 ** 24, self.draw('uniform', n))
        self.seed(5)
        # A number of 53 bits has its upper ones 128 words before the lower.
        chunks = numpy.pad(words, (0, -len(words) % 256)).reshape(-1, 2, 128)
        high, low = chunks[:, 0].ravel(), chunks[:, 1].ravel()
        expected = ((high >> 5 << 26) + (low >> 6) + 1) / 2. ** 53
        numpy.testing.assert_array_equal(
            expected[:900], self.draw('uniform_double', 900))


class TestStream(CurandTestCase):

    def test_pieces(self):
        # However numbers are asked for, they are the same.
        pieces = 2, 62, 64, 128, 300, 1000, 4
        for name in GENERATE:
            self.seed(3)
            whole = self.draw(name, sum(pieces))
            self.seed(3)
            parts = [self.draw(name, n) for n in pieces]
            numpy.testing.assert_array_equal(
                whole, numpy.concatenate(parts), name)

    def test_offset(self):
        for name, (_, _, words, _) in GENERATE.items():
            self.seed(3)
            whole = self.draw(name, 1000)
            for skip in (1, 64, 300, 501):
                curand.setGeneratorOffset(self.generator, skip * words)
                numpy.testing.assert_array_equal(
                    whole[skip:skip + 400], self.draw(name, 400), name)

    def test_seed_starts_at_the_offset(self):
        self.seed(3)
        whole = self.draw('bits', 30)
        curand.setGeneratorOffset(self.generator, 10)
        self.draw('bits', 5)
        curand.setPseudoRandomGeneratorSeed(self.generator, 3)
        numpy.testing.assert_array_equal(whole[10:], self.draw('bits', 20))

    def test_doubles_begin_at_even_words(self):
        self.seed(3)
        whole = self.draw('uniform_double', 10)
        self.seed(3)
        self.draw('bits', 3)
        numpy.testing.assert_array_equal(
            whole[2:], self.draw('uniform_double', 8))
        self.assertEqual(word(3, 20), self.draw('bits', 1)[0])

    def test_seeds_differ(self):
        first = self.draw('bits', 1000)
        for seed in (1, 1 << 32, (1 << 64) - 1):
            self.seed(seed)
            self.assertEqual(0, (first == self.draw('bits', 1000)).sum())

    def test_types(self):
        # All of them are Philox, from seed 0 on.
        expected = self.draw('bits', 10)
        for kind in (curand.CURAND_RNG_PSEUDO_XORWOW,
                     curand.CURAND_RNG_PSEUDO_MRG32K3A,
                     curand.CURAND_RNG_PSEUDO_MTGP32,
                     curand.CURAND_RNG_PSEUDO_MT19937,
                     curand.CURAND_RNG_PSEUDO_PHILOX4_32_10):
            self.generator = self.new_generator(kind)
            numpy.testing.assert_array_equal(expected, self.draw('bits', 10))

    def test_any_number_of_threads(self):
        # Parts of the work end where the number of threads says.
        program = '''
import hashlib
import numpy
from cupy.cuda import curand, memory
generator = curand.createGenerator(100)
digest = hashlib.sha1()
for function, dtype, args in [
        (curand.generateUniform, 'f4', ()), (curand.generate, 'u4', ()),
        (curand.generateNormalDouble, 'f8', (0, 1)),
        (curand.generatePoisson, 'u4', (4,))]:
    out = numpy.zeros(200002, dtype)
    on_device = memory.alloc(out.nbytes)
    for n in (102, 200002):  # so that the second begins within a chunk
        function(generator, on_device.ptr, n, *args)
        on_device.copy_to_host(out.ctypes.data, n * out.itemsize)
        digest.update(out.tobytes())
print(digest.hexdigest())
'''
        results = {
            subprocess.run(
                [sys.executable, '-c', program], check=True, text=True,
                stdout=subprocess.PIPE,
                env=dict(os.environ, CUPY_HOST_THREADS=count)).stdout
            for count in ('1', '2', '5')}
        self.assertEqual(1, len(results))

    def test_generators_in_threads(self):
        results = [None] * 8

        def work(i):
            generator = curand.createGenerator(100)
            curand.setPseudoRandomGeneratorSeed(generator, i % 2)
            out = numpy.zeros(100000, 'f4')
            on_device = memory.alloc(out.nbytes)
            for _ in range(3):
                curand.generateNormal(
                    generator, on_device.ptr, out.size, 0, 1)
            on_device.copy_to_host(out.ctypes.data, out.nbytes)
            curand.destroyGenerator(generator)
            results[i] = out

        threads = [threading.Thread(target=work, args=(i,))
                   for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for i in range(2, 8):
            numpy.testing.assert_array_equal(results[i % 2], results[i])
        self.assertFalse((results[0] == results[1]).any())


class TestDistributions(CurandTestCase):

    N = 200000

    def moments(self, x, mean, variance, fourth):
        """Mean and variance are within five of their deviations."""
        x = x.astype('d')
        self.assertLess(abs(x.mean() - mean), 5 * (variance / x.size) ** .5)
        self.assertLess(abs(x.var() - variance),
                        5 * ((fourth - variance ** 2) / x.size) ** .5)
        # Neighbours, and numbers of neighbouring blocks, have nothing to do
        # with each other.
        x = (x - mean) / variance ** .5
        for lag in (1, 64, 128, 256):
            self.assertLess(abs((x[lag:] * x[:-lag]).mean()),
                            5 / x.size ** .5)

    def kolmogorov_smirnov(self, x, distribution):
        """The largest difference to the distribution is as it should be."""
        expected = distribution(numpy.sort(x.astype('d')))
        n = x.size
        steps = numpy.arange(n + 1) / n
        distance = max((expected - steps[:-1]).max(),
                       (steps[1:] - expected).max())
        # P(sqrt(n) D > t) is about 2 exp(-2 t^2): 10^-6 at 2.7.
        self.assertLess(n ** .5 * distance, 2.7)

    def test_bits(self):
        words = self.draw('bits', self.N)
        for bit in range(32):
            ones = (words >> bit & 1).sum()
            self.assertLess(abs(ones - self.N / 2), 5 * self.N ** .5 / 2)
        self.moments(words / 2 ** 32, 1 / 2, 1 / 12, 1 / 80)

    def test_uniform(self):
        for name in ('uniform', 'uniform_double'):
            x = self.draw(name, self.N)
            self.assertGreater(x.min(), 0)
            self.assertLessEqual(x.max(), 1)
            self.moments(x, 1 / 2, 1 / 12, 1 / 80)
            self.kolmogorov_smirnov(x, lambda x: x)

    def test_normal(self):
        for name in ('normal', 'normal_double'):
            x = self.draw(name, self.N, -1, 3)
            self.moments(x, -1, 9, 3 * 81)
            self.kolmogorov_smirnov(x, lambda x: .5 * numpy.vectorize(
                math.erfc)((-1 - x) / 3 / 2 ** .5))

    def test_pairs_of_normal(self):
        # Sine and cosine of an angle: not only uncorrelated.
        for name, half in (('normal', 128), ('normal_double', 64)):
            x = self.draw(name, 256 * 400, 0, 1).reshape(-1, 2, half)
            first, second = x[:, 0].ravel(), x[:, 1].ravel()
            for product in (first * second, first ** 2 * second,
                            (first ** 2 - 1) * (second ** 2 - 1)):
                deviation = 5 * product.std() / product.size ** .5
                self.assertLess(abs(product.mean()), deviation)

    def test_tails_of_normal(self):
        x = self.draw('normal', 4000000, 0, 1)
        for bound, probability in ((4, 6.334e-5), (4.5, 6.795e-6)):
            expected = probability * x.size
            self.assertLess(abs((abs(x) > bound).sum() - expected),
                            5 * expected ** .5)
        self.assertTrue(numpy.isfinite(x).all())

    def test_log_normal(self):
        for name, single in (('log_normal', 'normal'),
                             ('log_normal_double', 'normal_double')):
            self.seed(9)
            x = self.draw(name, 1000, .5, .25)
            self.seed(9)
            y = self.draw(single, 1000, .5, .25)
            numpy.testing.assert_allclose(
                numpy.log(x), y, atol=1e-6 if x.itemsize == 4 else 1e-14)

    def test_poisson(self):
        # By search below 12, by rejection from there on.
        for lam in (.001, .7, 3.5, 11.9, 12., 40., 1000.):
            x = self.draw('poisson', self.N, lam)
            self.moments(x, lam, lam, lam * (1 + 3 * lam))

    def frequencies(self, x, lam):
        counts = numpy.bincount(x)
        chi_square = degrees = 0
        for k, count in enumerate(counts):
            expected = x.size * math.exp(
                k * math.log(lam) - lam - math.lgamma(k + 1))
            if expected > 10:
                chi_square += (count - expected) ** 2 / expected
                degrees += 1
        self.assertLess(chi_square, degrees + 5 * (2 * degrees) ** .5)

    def test_poisson_by_search(self):
        # Of words that no other distribution takes.
        self.seed(3)
        for i, actual in enumerate(self.draw('poisson', 200, 2.5)):
            high, low = philox([i, 0, 0, 1], [3, 0])[:2]
            uniform = ((high >> 5 << 26) + (low >> 6) + 1) / 2 ** 53
            sums = numpy.cumsum([math.exp(-2.5) * 2.5 ** k / math.factorial(k)
                                 for k in range(30)])
            self.assertEqual(numpy.searchsorted(sums, uniform), actual)

    def test_poisson_by_rejection(self):
        for lam in (12, 100):
            self.frequencies(self.draw('poisson', 4000000, lam), lam)

    def test_poisson_of_large_numbers(self):
        x = self.draw('poisson', 1000, 400000.)
        self.moments(x, 4e5, 4e5, 4e5 * (1 + 12e5))


class TestErrors(CurandTestCase):

    def test_quasi_random_types(self):
        for kind in (curand.CURAND_RNG_QUASI_DEFAULT,
                     curand.CURAND_RNG_QUASI_SOBOL64, 0, 99):
            self.fails(curand.CURAND_STATUS_TYPE_ERROR,
                       ['CURAND_STATUS_TYPE_ERROR (103)',
                        'curandCreateGenerator', f'{kind} is no'],
                       curand.createGenerator, kind)

    def test_no_generator(self):
        destroyed = curand.createGenerator(100)
        curand.destroyGenerator(destroyed)
        for generator in (0, 12345, self.generator + 8, destroyed):
            for function, args in [
                    (curand.destroyGenerator, ()), (curand.setStream, (0,)),
                    (curand.setPseudoRandomGeneratorSeed, (1,)),
                    (curand.setGeneratorOffset, (1,)),
                    (curand.setGeneratorOrdering, (100,)),
                    (curand.generate, (0, 0)),
                    (curand.generateNormal, (0, 0, 0, 1)),
                    (curand.generatePoisson, (0, 0, 1))]:
                self.fails(curand.CURAND_STATUS_NOT_INITIALIZED,
                           ['no generator of curandCreateGenerator'],
                           function, generator, *args)

    def test_settings(self):
        curand.setStream(self.generator, 0)
        curand.setGeneratorOrdering(
            self.generator, curand.CURAND_ORDERING_PSEUDO_SEEDED)
        self.fails(curand.CURAND_STATUS_OUT_OF_RANGE, ['201 is no order'],
                   curand.setGeneratorOrdering, self.generator,
                   curand.CURAND_ORDERING_QUASI_DEFAULT)
        self.assertGreaterEqual(curand.getVersion(), 10000)

    def test_odd_numbers_of_normal(self):
        for name in ('normal', 'normal_double', 'log_normal',
                     'log_normal_double'):
            with self.assertRaisesRegex(
                    curand.CURANDError, 'LENGTH_NOT_MULTIPLE .*but 3 are'):
                self.draw(name, 3)
        # The failed call took no numbers.
        self.assertEqual(word(0, 0), self.draw('bits', 1)[0])

    def test_nothing(self):
        for function, _, _, args in GENERATE.values():
            function(self.generator, 0, 0, *args)
            with self.assertRaisesRegex(curand.CURANDError, 'null pointer'):
                function(self.generator, 0, 2, *args)
        self.assertEqual(word(0, 0), self.draw('bits', 1)[0])

    def test_long_long(self):
        self.fails(curand.CURAND_STATUS_TYPE_ERROR,
                   ['curandGenerateLongLong'], curand.generateLongLong,
                   self.generator, 0, 2)

    def test_lambda(self):
        for lam in (0, -1, 400001, math.nan):
            self.fails(curand.CURAND_STATUS_OUT_OF_RANGE, ['lambda is'],
                       self.draw, 'poisson', 2, lam)

    def test_error(self):
        error = curand.CURANDError(105, 'curandGenerateNormal', 'n is 3')
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual(105, again.status)
        self.assertEqual(str(error), str(again))
        self.assertEqual(
            'CURAND_STATUS_LENGTH_NOT_MULTIPLE (105): the length is no '
            'multiple of what comes at a time, in curandGenerateNormal: n is '
            '3', str(error))
