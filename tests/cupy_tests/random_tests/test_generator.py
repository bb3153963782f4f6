import gc
import math
import os
import random
import subprocess
import sys
import threading
import unittest
from unittest import mock

import numpy

import cupy
from cupy import cuda
from cupy.cuda import curand
from cupy.random import generator

SIZES = [(None, ()), ((), ()), (0, (0,)), (1, (1,)), (5, (5,)), ([4], (4,)),
         ((2, 0, 3), (2, 0, 3)), ((3, 1, 5), (3, 1, 5)),
         (numpy.int64(3), (3,))]


def draws(state):
    """Returns a function of size and dtype for each distribution."""
    return {
        'random_sample': state.random_sample,
        'uniform': lambda *args: state.uniform(-1, 2, *args),
        'standard_normal': state.standard_normal,
        'normal': lambda *args: state.normal(1, 2, *args),
        'lognormal': lambda *args: state.lognormal(0, .5, *args),
    }


class TestRandomState(unittest.TestCase):

    def setUp(self):
        self.state = generator.RandomState(7)

    def test_shapes_and_types(self):
        for size, shape in SIZES:
            for name, draw in draws(self.state).items():
                for dtype in (float, 'f', 'd', numpy.float32):
                    x = draw(size, dtype)
                    self.assertIsInstance(x, cupy.ndarray)
                    self.assertEqual(shape, x.shape, name)
                    self.assertEqual(numpy.dtype(dtype), x.dtype, name)
                    self.assertTrue(x.flags.c_contiguous)
                self.assertEqual(numpy.float64, draw(size).dtype)

    def test_arguments_that_are_the_shape(self):
        for function in (self.state.rand, self.state.randn):
            self.assertEqual((), function().shape)
            self.assertEqual((2, 3), function(2, 3).shape)
            self.assertEqual(numpy.float64, function(2, 3).dtype)
            self.assertEqual(numpy.float32, function(3, dtype='f').dtype)
            with self.assertRaisesRegex(TypeError, 'rand.*keyword.*size'):
                function(size=3)

    def test_the_same_numbers_by_all_ways(self):
        ways = [
            (lambda s: s.rand(3, 5, dtype='f'),
             lambda s: s.random_sample((3, 5), 'f'),
             lambda s: s.uniform(size=(3, 5), dtype='f')),
            (lambda s: s.randn(3, 5),
             lambda s: s.standard_normal((3, 5)),
             lambda s: s.normal(size=(3, 5)))]
        for functions in ways:
            numbers = [f(generator.RandomState(3)).get() for f in functions]
            numpy.testing.assert_array_equal(numbers[0], numbers[1])
            numpy.testing.assert_array_equal(numbers[0], numbers[2])

    def test_seed(self):
        for name in draws(self.state):
            self.state.seed(7)
            first = draws(self.state)[name](101).get()
            self.assertFalse(
                (first == draws(self.state)[name](101).get()).any())
            self.state.seed(7)
            numpy.testing.assert_array_equal(
                first, draws(self.state)[name](101).get())
            numpy.testing.assert_array_equal(
                first, draws(generator.RandomState(7))[name](101).get())
            self.state.seed(8)
            self.assertFalse(
                (first == draws(self.state)[name](101).get()).any())

    def test_seed_forgets_an_offset(self):
        curand.setGeneratorOffset(self.state._generator, 100)
        self.state.seed(7)
        numpy.testing.assert_array_equal(
            generator.RandomState(7).rand(3).get(), self.state.rand(3).get())

    def test_seed_comes_from_random(self):
        random.seed(5)
        first = generator.RandomState().rand(3).get()
        self.state.seed()
        self.assertFalse((first == self.state.rand(3).get()).any())
        random.seed(5)
        self.state.seed()
        numpy.testing.assert_array_equal(first, self.state.rand(3).get())

    def test_kinds_of_seed(self):
        for seed in (0, 1 << 63, (1 << 64) - 1, True, numpy.int32(4)):
            numpy.testing.assert_array_equal(
                generator.RandomState(seed).rand(3).get(),
                generator.RandomState(int(seed)).rand(3).get())

    def test_wrong_seed(self):
        for seed in (-1, 1 << 64):
            with self.assertRaisesRegex(ValueError, f'2.*64, not {seed}'):
                self.state.seed(seed)
        for seed in (1.5, '1', [1]):
            with self.assertRaisesRegex(TypeError, 'integer or None, not'):
                generator.RandomState(seed)

    def test_wrong_dtype(self):
        for draw in draws(self.state).values():
            for dtype in ('e', 'i', bool, complex):
                with self.assertRaisesRegex(TypeError, 'float32 or float64'):
                    draw(3, dtype)

    def test_wrong_size(self):
        for draw in [*draws(self.state).values(),
                     lambda size: self.state.interval(3, size)]:
            for size in (-1, (2, -1)):
                with self.assertRaisesRegex(ValueError, 'negative'):
                    draw(size)
            with self.assertRaises(TypeError):
                draw(2.5)

    def test_wrong_parameters(self):
        with self.assertRaisesRegex(ValueError, 'scale is -1.0'):
            self.state.normal(0, -1, 3)
        with self.assertRaisesRegex(ValueError, 'sigma is -2.0'):
            self.state.lognormal(0, -2, 3)
        for low, high, dtype in ((0, math.inf, 'd'), (-3e38, 3e38, 'f'),
                                 (math.nan, 1, 'd')):
            with self.assertRaisesRegex(OverflowError, 'not finite'):
                self.state.uniform(low, high, 3, dtype)

    def test_method(self):
        state = generator.RandomState(7, curand.CURAND_RNG_PSEUDO_MRG32K3A)
        self.assertEqual((3,), state.rand(3).shape)
        with self.assertRaises(curand.CURANDError):
            generator.RandomState(7, curand.CURAND_RNG_QUASI_SOBOL32)

    def test_set_stream(self):
        stream = cuda.Stream()
        with mock.patch.object(generator.curand, 'setStream') as set_stream:
            self.state.set_stream(stream)
            self.state.set_stream()
        self.assertEqual([stream.ptr, 0], [
            call.args[1] for call in set_stream.call_args_list])
        expected = generator.RandomState(7).rand(5).get()
        self.state.set_stream(stream)
        x = self.state.rand(5)
        stream.synchronize()
        numpy.testing.assert_array_equal(expected, x.get())
        self.state.set_stream(None)

    def test_generator_is_destroyed(self):
        handle = self.state._generator
        curand.setStream(handle, 0)
        self.state = None
        gc.collect()
        with self.assertRaises(curand.CURANDError):
            curand.setStream(handle, 0)

    def test_one_thread_at_a_time(self):
        locked = []

        def generate(*args):
            locked.append(self.state._lock.locked())

        with mock.patch.multiple(
                generator.curand, generateUniformDouble=generate,
                generateNormal=generate, generate=generate,
                setPseudoRandomGeneratorSeed=generate):
            self.state.rand(3)
            self.state.randn(3, dtype='f')
            self.state.interval(3, 2)
            self.state.seed(3)
        self.assertEqual([True] * 4, locked)

    def test_threads_share_a_state(self):
        # Every number is drawn once.
        expected = generator.RandomState(3).rand(64 * 12000).get()
        state, results = generator.RandomState(3), []

        def work():
            for _ in range(8):
                results.append(state.rand(12000).get())

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numpy.testing.assert_array_equal(
            numpy.sort(expected), numpy.sort(numpy.concatenate(results)))


class TestInterval(unittest.TestCase):

    def setUp(self):
        self.state = generator.RandomState(2)

    def test_shapes_and_types(self):
        for size, shape in SIZES:
            for mx, dtype in ((0, 'int32'), (5, 'int32'),
                              ((1 << 31) - 1, 'int32'), (1 << 31, 'int64'),
                              ((1 << 63) - 1, 'int64')):
                x = self.state.interval(mx, size)
                self.assertEqual(shape, x.shape)
                self.assertEqual(dtype, x.dtype)

    def test_zero(self):
        self.assertEqual([0] * 50, self.state.interval(0, 50).tolist())

    def test_uniform(self):
        # Sizes that 2**32 is and is not a multiple of; where words change.
        n = 12000
        for mx in (1, 2, 5, 255, 3 << 29, (1 << 31) - 1, 1 << 31,
                   (3 << 30) + 1, (1 << 32) - 1, 1 << 32, 3 << 61,
                   (1 << 63) - 1):
            x = self.state.interval(mx, n).get()
            self.assertGreaterEqual(x.min(), 0)
            self.assertLessEqual(x.max(), mx)
            bins = min(mx + 1, 6)
            counts = numpy.bincount(
                [int(v) * bins // (mx + 1) for v in x], minlength=bins)
            chi_square = ((counts - n / bins) ** 2).sum() / (n / bins)
            # For sizes as these the bins are equal within 2^-29.
            if mx < 6 or mx > 1 << 20:
                self.assertLess(chi_square, 30, mx)

    def test_no_value_comes_more_often(self):
        # Of 3 * 2**30 values, a product alone would give every third one
        # twice as often as others.
        x = self.state.interval((3 << 30) - 1, 30000).get()
        counts = numpy.bincount(x % 3)
        self.assertLess(((counts - 1e4) ** 2).sum() / 1e4, 30)

    def test_large_values_have_all_bits(self):
        x = self.state.interval((1 << 63) - 1, 4000).get()
        ones = [(x >> bit & 1).sum() for bit in range(63)]
        self.assertLess(abs(numpy.array(ones) - 2000).max(), 200)

    def test_high_half_of_a_product(self):
        # 64-bit words: with a bound of 2**62 + 1 they are multiplied.
        words = numpy.zeros(0, 'u8')
        count = (1 << 62) + 1
        state = generator.RandomState(11)
        actual = state.interval(count - 1, 1000).tolist()
        state.seed(11)
        bits = cupy.empty(20000, 'u4')
        state._fill(curand.generate, bits)
        words = bits.get().view('u8').tolist()
        # Words that were rejected are replaced by those of the next round.
        threshold = (1 << 64) % count
        for i, value in enumerate(actual):
            while (words[i] * count) & ((1 << 64) - 1) < threshold:
                i += 1000
            self.assertEqual(words[i] * count >> 64, value)

    def test_wrong_bound(self):
        for mx in (-1, 1 << 63):
            with self.assertRaisesRegex(ValueError, f'mx is {mx}'):
                self.state.interval(mx, 3)
        with self.assertRaises(TypeError):
            self.state.interval(2.5, 3)


class TestState(unittest.TestCase):

    def test_numbers_go_on_where_they_were(self):
        state, other = generator.RandomState(7), generator.RandomState()
        steps = [
            lambda state: state.uniform(size=5, dtype='f'),
            lambda state: state.uniform(size=3),
            lambda state: state.normal(size=3, dtype='f'),
            lambda state: state.lognormal(size=5),
            lambda state: state.interval(5, 3),
            lambda state: state.interval(1 << 40, 3),
            lambda state: state.normal(size=0),
        ]
        for step in steps + steps[::-1]:
            step(state)
            other.set_state(state.get_state())
            before = state.get_state()
            for draw in steps:
                numpy.testing.assert_array_equal(
                    draw(other).get(), draw(state).get())
            self.assertEqual(other.get_state(), state.get_state())
            state.set_state(before)

    def test_seed_starts_anew(self):
        state = generator.RandomState(7)
        self.assertEqual(state.get_state(), (7, 0))
        state.uniform(size=3)
        self.assertEqual(state.get_state(), (7, 6))
        state.seed(8)
        self.assertEqual(state.get_state(), (8, 0))

    def test_wrong_state(self):
        state = generator.RandomState(7)
        for wrong in ((-1, 0), (0, -1), (0, 1 << 64)):
            with self.assertRaises(ValueError):
                state.set_state(wrong)
        self.assertEqual(state.get_state(), (7, 0))


class TestGlobalStates(unittest.TestCase):

    def setUp(self):
        patch = mock.patch.object(generator, '_random_states', {})
        patch.start()
        self.addCleanup(patch.stop)

    def environment(self, **variables):
        patch = mock.patch.dict(os.environ, variables)
        patch.start()
        self.addCleanup(patch.stop)

    def test_one_state(self):
        state = cupy.random.get_random_state()
        self.assertIsInstance(state, cupy.random.RandomState)
        self.assertIs(state, cupy.random.get_random_state())
        self.assertEqual({cuda.Device().id: state}, generator._random_states)

    def test_reset_states(self):
        state = cupy.random.get_random_state()
        cupy.random.reset_states()
        self.assertEqual({}, generator._random_states)
        self.assertIsNot(state, cupy.random.get_random_state())

    def test_all_states(self):
        self.assertEqual(generator.get_states(), {})
        cupy.random.seed(4)
        cupy.random.rand(3)
        states = generator.get_states()
        self.assertEqual(states, {0: (4, 6)})
        expected = cupy.random.rand(3).get()
        before = random.getstate()
        generator.set_states(states)
        self.assertEqual(random.getstate(), before)
        numpy.testing.assert_array_equal(
            cupy.random.rand(3).get(), expected)
        # Of a machine with more devices, and of one without.
        generator.set_states({0: (4, 6), 999: (1, 2)})
        self.assertEqual(generator.get_states(), states)
        generator.set_states({})
        self.assertEqual(generator.get_states(), {})

    def test_seed(self):
        cupy.random.seed(4)
        first = cupy.random.rand(3).get()
        numpy.testing.assert_array_equal(
            generator.RandomState(4).rand(3).get(), first)
        cupy.random.seed()
        self.assertFalse((first == cupy.random.rand(3).get()).any())

    def test_seed_of_the_environment(self):
        self.environment(CHAINER_SEED='123')
        expected = generator.RandomState(123).rand(3).get()
        numpy.testing.assert_array_equal(
            expected, cupy.random.rand(3).get())
        cupy.random.reset_states()
        numpy.testing.assert_array_equal(
            expected, cupy.random.rand(3).get())
        # It is the default of the global states alone.
        self.assertFalse(
            (expected == generator.RandomState().rand(3).get()).any())

    def test_empty_variable(self):
        self.environment(CHAINER_SEED='')
        first = cupy.random.rand(3).get()
        cupy.random.reset_states()
        self.assertFalse((first == cupy.random.rand(3).get()).any())

    def test_wrong_variable(self):
        for text in ('x', '-1', '1.5', str(1 << 64)):
            self.environment(CHAINER_SEED=text)
            with self.assertRaisesRegex(ValueError, 'CHAINER_SEED is'):
                cupy.random.get_random_state()

    def test_state_of_each_device(self):
        program = '''
import cupy
from cupy.random import generator
states = []
for device in (0, 1):
    with cupy.cuda.Device(device):
        cupy.random.seed(5)
        states.append(cupy.random.get_random_state())
        x = cupy.random.rand(4)
        assert x.data.device_id == device, x.data.device_id
assert states[0] is not states[1]
assert generator._random_states == dict(enumerate(states))
with cupy.cuda.Device(1):
    cupy.random.seed(6)
    a = cupy.random.rand(4).tolist()
b = cupy.random.rand(4).tolist()
again = cupy.random.RandomState(5)
assert again.rand(8).tolist()[4:] == b
assert cupy.random.RandomState(6).rand(4).tolist() == a
print('fine')
'''
        out = subprocess.run(
            [sys.executable, '-c', program], stdout=subprocess.PIPE,
            env=dict(os.environ, CUPY_HOST_DEVICES='2'), check=True).stdout
        self.assertEqual(b'fine\n', out)
