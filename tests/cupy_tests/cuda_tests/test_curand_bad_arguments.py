"""Every argument of cuRAND's functions, wrong in every way."""
import os
import sys
import unittest

from cupy.cuda import curand, runtime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bad_arguments import (  # noqa: E402
    Argument,
    Array,
    Handle,
    Stream,
    check,
    check_without_device,
    enum,
)


def create():
    return curand.createGenerator(curand.CURAND_RNG_PSEUDO_DEFAULT)


def generator():
    return Handle(create, curand.destroyGenerator, curand.setStream)


def settings():
    """A generator for functions that draw nothing: any device will do."""
    return Handle(create, curand.destroyGenerator, device=False)


class TestBadArguments(unittest.TestCase):

    def setUp(self):
        runtime.setDevice(0)

    def check(self, function, *arguments):
        check(self, curand.CURANDError, function, *arguments)

    def test_create(self):
        for kind in (-1, 0, 99, 1000, curand.CURAND_RNG_QUASI_SOBOL32):
            with self.assertRaisesRegex(curand.CURANDError,
                                        f'{kind} is no pseudo-random type'):
                curand.createGenerator(kind)

    def test_no_device(self):
        check_without_device(self, '''
from cupy.cuda import curand, runtime
try:
    curand.createGenerator(curand.CURAND_RNG_PSEUDO_DEFAULT)
except runtime.CUDARuntimeError as error:
    assert error.status == 100, error
else:
    raise AssertionError('created')
''')

    def test_destroy(self):
        ptr = create()
        curand.destroyGenerator(ptr)
        for value in (0, 12344, ptr):
            with self.assertRaisesRegex(curand.CURANDError, 'destroyed'):
                curand.destroyGenerator(value)

    def test_settings(self):
        self.check(curand.setStream, settings(), Stream())
        self.check(curand.setPseudoRandomGeneratorSeed, settings(), 1)
        self.check(curand.setGeneratorOffset, settings(), 1)
        self.check(curand.setGeneratorOrdering, settings(),
                   enum(curand.CURAND_ORDERING_PSEUDO_BEST))

    def test_draw(self):
        for function, dtype, arguments in (
                (curand.generate, 'u4', ()),
                (curand.generateUniform, 'f4', ()),
                (curand.generateUniformDouble, 'f8', ()),
                (curand.generateNormal, 'f4', (0., 1.)),
                (curand.generateNormalDouble, 'f8', (0., 1.)),
                (curand.generateLogNormal, 'f4', (0., 1.)),
                (curand.generateLogNormalDouble, 'f8', (0., 1.)),
                (curand.generatePoisson, 'u4',
                 (Argument(3., 0., -1., 1e9, float('nan')),))):
            with self.subTest(function.__name__):
                # As many numbers as there is memory for, and in pairs.
                self.check(function, generator(), Array(6, dtype),
                           Argument(6, 8, 2 ** 63, 2 ** 64 - 2), *arguments)

    def test_odd_numbers_of_normal_ones(self):
        ptr, out = create(), Array(6, 'f8')
        self.addCleanup(curand.destroyGenerator, ptr)
        self.addCleanup(out.close)
        for function in (curand.generateNormal, curand.generateNormalDouble,
                         curand.generateLogNormal,
                         curand.generateLogNormalDouble):
            with self.assertRaisesRegex(curand.CURANDError, 'in pairs'):
                function(ptr, out.good(), 5, 0, 1)
        out.check_unchanged(self)

    def test_a_call_that_fails_draws_nothing(self):
        values = []
        for fails in (False, True):
            ptr, out = create(), Array(4, 'u4')
            if fails:
                with self.assertRaises(curand.CURANDError):
                    curand.generate(ptr, out.good(), 5)
            curand.generate(ptr, out.good(), 4)
            values.append(out.get().tolist())
            curand.destroyGenerator(ptr)
            out.close()
        self.assertEqual(*values)

    def test_whole_numbers_of_64_bits(self):
        out = Array(2, 'u8')
        self.addCleanup(out.close)
        for ptr, words in ((0, 'destroyed'), (create(), 'quasi-random')):
            with self.assertRaisesRegex(curand.CURANDError, words):
                curand.generateLongLong(ptr, out.good(), 2)
        curand.destroyGenerator(ptr)
