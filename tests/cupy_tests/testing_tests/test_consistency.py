import unittest

import numpy

import cupy
from cupy import testing

ARRAY_DECORATORS = [
    testing.numpy_cupy_allclose, testing.numpy_cupy_array_almost_equal,
    testing.numpy_cupy_array_almost_equal_nulp,
    testing.numpy_cupy_array_max_ulp, testing.numpy_cupy_array_equal]


def run(decorator, of_cupy, of_numpy):
    """Runs a decorated test that has one outcome each for the two modules."""
    seen = []

    @decorator
    def test(self, xp):
        seen.append(xp)
        outcome = of_numpy if xp is numpy else of_cupy
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    try:
        test(None)
    finally:
        assert cupy in seen
    assert seen == [cupy, numpy]


class TestResults(unittest.TestCase):

    def setUp(self):
        self.x = numpy.array([1, 2, 3], 'd')

    def test_equal(self):
        for decorator in ARRAY_DECORATORS:
            run(decorator(), cupy.array(self.x), self.x)
            run(decorator(), cupy.array(self.x[0]), self.x[0])

    def test_values_differ(self):
        for decorator in ARRAY_DECORATORS:
            with self.assertRaises(AssertionError):
                run(decorator(), cupy.array(self.x + 0.5), self.x)

    def test_nothing_returned(self):
        for decorator in ARRAY_DECORATORS:
            with self.assertRaisesRegex(AssertionError, 'returned nothing'):
                run(decorator(), None, None)

    def test_dtypes_differ(self):
        for decorator in ARRAY_DECORATORS:
            with self.assertRaisesRegex(
                    AssertionError, 'dtype float64, NumPy.* float32'):
                run(decorator(), cupy.array(self.x), self.x.astype('f'))
        run(testing.numpy_cupy_allclose(type_check=False),
            cupy.array(self.x), self.x.astype('f'))

    def test_shapes_differ(self):
        ones = numpy.ones((2, 1))
        for decorator in ARRAY_DECORATORS:
            for type_check in (True, False):
                for other in (ones[0], ones[0, 0], ones.T):
                    with self.assertRaisesRegex(
                            AssertionError, r'has shape .*\(2, 1\)'):
                        run(decorator(type_check=type_check),
                            cupy.array(other), ones)

    def test_python_numbers(self):
        run(testing.numpy_cupy_array_equal(), 3, 3)
        run(testing.numpy_cupy_array_equal(), True, numpy.True_)
        with self.assertRaises(AssertionError):
            run(testing.numpy_cupy_array_equal(), 3, 3.)

    def test_tolerances(self):
        y = cupy.array(self.x + 1e-3)
        run(testing.numpy_cupy_allclose(atol=1.1e-3), y, self.x)
        run(testing.numpy_cupy_allclose(rtol=1.1e-3), y, self.x)
        run(testing.numpy_cupy_array_almost_equal(decimal=2), y, self.x)
        y = cupy.array(numpy.nextafter(numpy.nextafter(self.x, 9), 9))
        run(testing.numpy_cupy_array_almost_equal_nulp(2), y, self.x)
        run(testing.numpy_cupy_array_max_ulp(2), y, self.x)
        run(testing.numpy_cupy_array_max_ulp(dtype='f'), y, self.x)

    def test_tolerance_is_relative_to_numpy(self):
        check = testing.numpy_cupy_allclose(rtol=0.6)
        run(check, cupy.array(1.), numpy.array(2.))
        with self.assertRaises(AssertionError):
            run(check, cupy.array(2.), numpy.array(1.))

    def test_less(self):
        check = testing.numpy_cupy_array_less('greeting')
        run(check, cupy.array(self.x), self.x + 1)
        with self.assertRaisesRegex(AssertionError, 'greeting'):
            run(check, cupy.array(self.x), self.x)

    def test_list(self):
        check = testing.numpy_cupy_array_list_equal('greeting')
        xs = [self.x, numpy.ones((2, 1))]
        run(check, [cupy.array(x) for x in xs], xs)
        with self.assertRaisesRegex(AssertionError, 'greeting'):
            run(check, [cupy.array(x + 1) for x in xs], xs)
        with self.assertRaisesRegex(AssertionError, '1 arrays'):
            run(check, [cupy.array(self.x)], xs)
        with self.assertRaisesRegex(AssertionError, r'index 1.*shape \(\)'):
            run(check, [cupy.array(self.x), cupy.array(1.)], xs)
        with self.assertRaisesRegex(AssertionError, 'index 0.*dtype float32'):
            run(check, [cupy.array(x, 'f') for x in xs], xs)


class RefinedError(ValueError):
    pass


class _PrivateError(RefinedError):
    pass


class TestErrors(unittest.TestCase):

    def check_note(self, error, *args):
        with self.assertRaises(type(error)) as context:
            run(*args)
        self.assertIs(context.exception, error)
        note, = error.__notes__
        return note

    def test_same(self):
        for decorator in ARRAY_DECORATORS + [testing.numpy_cupy_raises]:
            run(decorator(), ValueError('a'), ValueError('b'))
            run(decorator(), RefinedError('a'), ValueError('b'))

    def test_private_type(self):
        run(testing.numpy_cupy_raises(), RefinedError('a'), _PrivateError('b'))

    def test_type_of_private_module(self):
        @testing.numpy_cupy_raises()
        def test(self, xp):
            if xp is cupy:
                raise TypeError('a')
            numpy.add([object()], 1, dtype='f')

        test(self)

    def test_only_one(self):
        for decorator in ARRAY_DECORATORS + [testing.numpy_cupy_raises]:
            error = ValueError('a')
            self.assertIn('Only CuPy', self.check_note(
                error, decorator(), error, numpy.ones(1)))
            error = ValueError('a')
            self.assertIn('Only NumPy', self.check_note(
                error, decorator(), cupy.array([1.]), error))

    def test_different(self):
        error = ValueError('a')
        self.assertIn('NumPy raised TypeError: b', self.check_note(
            error, testing.numpy_cupy_raises(), error, TypeError('b')))
        error = ValueError('a')
        self.assertIn('NumPy raised RefinedError: b', self.check_note(
            error, testing.numpy_cupy_allclose(), error, _PrivateError('b')))

    def test_accept_error(self):
        for accepted in (ValueError, (KeyError, ValueError)):
            for decorator in ARRAY_DECORATORS:
                run(decorator(accept_error=accepted),
                    ValueError('a'), ValueError('b'))
        for refused in (False, KeyError, (KeyError, TypeError)):
            for decorator in ARRAY_DECORATORS:
                error = ValueError('a')
                self.assertIn('does not accept', self.check_note(
                    error, decorator(accept_error=refused), error,
                    ValueError('b')))

    def test_list_accepts_none(self):
        error = ValueError('a')
        self.assertIn('does not accept', self.check_note(
            error, testing.numpy_cupy_array_list_equal(), error,
            ValueError('b')))

    def test_failed_assertions_are_failures(self):
        for decorator in ARRAY_DECORATORS + [testing.numpy_cupy_raises]:
            with self.assertRaises(AssertionError):
                run(decorator(), AssertionError('a'), AssertionError('b'))

    def test_skip(self):
        with self.assertRaises(unittest.SkipTest):
            run(testing.numpy_cupy_allclose(), unittest.SkipTest(), None)

    def test_raises_nothing(self):
        with self.assertRaisesRegex(AssertionError, 'neither raised'):
            run(testing.numpy_cupy_raises(), cupy.array(1), numpy.array(1))


class TestArguments(unittest.TestCase):

    @testing.for_dtypes('fd')
    @testing.numpy_cupy_allclose()
    def test_dtype_outside(self, xp, dtype):
        return xp.array([1, 2], dtype)

    @testing.numpy_cupy_allclose(name='module')
    def test_name(self, module):
        self.assertIsInstance(self, TestArguments)
        return module.array([1, 2])

    def test_other_names(self):
        for decorator in ARRAY_DECORATORS + [testing.numpy_cupy_array_less]:
            seen = []

            @decorator(name='module')
            def test(self, module, seen=seen):
                seen.append(module)
                raise ValueError

            test(self)
            self.assertEqual(seen, [cupy, numpy])
