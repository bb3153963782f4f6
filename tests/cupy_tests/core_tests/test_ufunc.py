import unittest

import numpy

import cupy
from cupy import testing

DTYPES = '?bBhHiIlLefd'


class TestUfunc(unittest.TestCase):

    def test_attributes(self):
        self.assertEqual(cupy.add.name, 'add')
        self.assertEqual(
            (cupy.add.nin, cupy.add.nout, cupy.add.nargs), (2, 1, 3))
        self.assertIn('ff->f', cupy.add.types)
        self.assertEqual(repr(cupy.add), "<ufunc 'add'>")
        self.assertTrue(cupy.add.__doc__)

    def test_layouts_and_strides(self):
        rng = numpy.random.RandomState(0)
        a = rng.randint(0, 100, (4, 1, 5)).astype('f')
        b = rng.randint(0, 100, (4, 6, 5)).astype('f')
        c = rng.randint(0, 100, (5, 6, 4)).astype('f')
        on_device = [cupy.array(x) for x in (a, b, c)]
        for function in (
                lambda a, b, c: a + b,
                lambda a, b, c: b + b,
                lambda a, b, c: b.T + b.T,
                lambda a, b, c: b.T + c,
                lambda a, b, c: c + b.T,
                lambda a, b, c: b.transpose(1, 2, 0) * 2,
                lambda a, b, c: b.swapaxes(0, 1) + a.swapaxes(0, 1),
                lambda a, b, c: b[::2, ::-1] + a[::2],
                lambda a, b, c: b[..., 1:3] - a[..., :1],
                lambda a, b, c: b[:, 0].T + b[:, 1].T,
                lambda a, b, c: a[0, 0, 0] + b[1, 2, 3],
                lambda a, b, c: b[:, :, :0] + a[:, :, :0],
                lambda a, b, c: a.T.copy().T + a):
            expected = function(a, b, c)
            actual = function(*on_device)
            testing.assert_array_equal(actual, expected)
            self.assertEqual(actual.shape, expected.shape)
            if expected.size == 0:
                continue
            self.assertEqual(
                [s for s, n in zip(actual.strides, actual.shape) if n > 1],
                [s for s, n in zip(expected.strides, expected.shape)
                 if n > 1])

    def test_types_of_results(self):
        # Empty arrays: the types are decided, and no kernel is compiled.
        for left in DTYPES:
            for right in DTYPES:
                x = numpy.ones(0, left)
                y = numpy.ones(0, right)
                for function in ('add', 'true_divide', 'less', 'maximum'):
                    expected = getattr(numpy, function)(x, y)
                    actual = getattr(cupy, function)(
                        cupy.array(x), cupy.array(y))
                    self.assertEqual(
                        actual.dtype, expected.dtype,
                        (function, left, right))

    def test_values_of_mixed_types(self):
        for left, right in ('?e', 'bf', 'Bh', 'iL', 'lI', 'ed', 'Lf'):
            x, y = numpy.arange(3).astype(left), numpy.arange(3).astype(right)
            testing.assert_array_equal(
                cupy.array(x) + cupy.array(y), x + y, left + right)

    def test_types_with_scalars(self):
        scalars = [True, 3, 0.5, numpy.int8(3), numpy.uint16(3),
                   numpy.float16(3), numpy.float32(3), numpy.float64(3)]
        for dtype in DTYPES:
            x = numpy.ones(2 if dtype in '?Be' else 0, dtype)
            for scalar in scalars:
                for flip in (False, True):
                    args = (scalar, x) if flip else (x, scalar)
                    expected = numpy.multiply(*args)
                    args = [cupy.array(a) if a is x else a for a in args]
                    actual = cupy.multiply(*args)
                    testing.assert_array_equal(actual, expected)
                    self.assertEqual(
                        actual.dtype, expected.dtype,
                        (dtype, scalar, type(scalar)))

    def test_output(self):
        x = cupy.array([[1, 2], [3, 4]])
        out = cupy.empty((2, 2), 'f')
        self.assertIs(cupy.add(x, 1, out=out), out)
        testing.assert_array_equal(out, [[2, 3], [4, 5]])
        self.assertIs(cupy.add(x, 2, out), out)
        testing.assert_array_equal(out, [[3, 4], [5, 6]])
        self.assertIs(cupy.add(x, 3, out=(out.T,)).base, out)
        testing.assert_array_equal(out, [[4, 6], [5, 7]])

    def test_output_is_wider_than_the_inputs(self):
        out = cupy.zeros((3, 2), 'l')
        cupy.add(cupy.array([1, 2]), 1, out=out)
        testing.assert_array_equal(out, [[2, 3]] * 3)
        with self.assertRaisesRegex(ValueError, 'broadcast to'):
            cupy.add(out, 1, out=out[:1])

    def test_output_of_a_narrower_type(self):
        x = cupy.array([1.5])
        with self.assertRaisesRegex(TypeError, 'cannot cast the result'):
            cupy.add(x, x, out=cupy.empty(1, 'i'))
        out = cupy.add(x, x, out=cupy.empty(1, 'i'), casting='unsafe')
        testing.assert_array_equal(out, [3])

    def test_output_overlaps_an_input(self):
        x = cupy.arange(10)
        cupy.add(x[1:], x[:-1], out=x[1:])
        testing.assert_array_equal(x, [0, 1, 3, 5, 7, 9, 11, 13, 15, 17])
        y = cupy.arange(9).reshape(3, 3)
        y += y.T
        expected = numpy.arange(9).reshape(3, 3)
        testing.assert_array_equal(y, expected + expected.T)
        z = cupy.arange(4)
        cupy.multiply(z, 2, out=z[::-1])
        testing.assert_array_equal(z, [6, 4, 2, 0])

    def test_dtype(self):
        x = numpy.array([1, 2], 'h')
        y = cupy.add(cupy.array(x), 1, dtype='f')
        self.assertEqual(y.dtype, numpy.float32)
        testing.assert_array_equal(y, numpy.add(x, 1, dtype='f'))
        with self.assertRaises(TypeError):
            cupy.add(cupy.array([0.5]), 1, dtype='i')

    def test_refused_types(self):
        x = cupy.array([True])
        for call in (lambda: x - x, lambda: -x, lambda: cupy.array([.5]) & 1,
                     lambda: ~cupy.array([.5]),
                     lambda: x << cupy.array([1.5])):
            with self.assertRaisesRegex(TypeError, 'is not defined for'):
                call()

    def test_wrong_arguments(self):
        x = cupy.array([1, 2])
        with self.assertRaisesRegex(TypeError, 'takes 2 inputs'):
            cupy.add(x)
        with self.assertRaisesRegex(TypeError, 'takes 2 inputs'):
            cupy.add(x, x, x, x)
        with self.assertRaisesRegex(TypeError, 'both by'):
            cupy.add(x, x, x, out=x)
        with self.assertRaisesRegex(TypeError, "'where'"):
            cupy.add(x, x, where=x)
        with self.assertRaisesRegex(TypeError, 'argument 1.*of the host'):
            cupy.add(x, numpy.array([1, 2]))
        with self.assertRaisesRegex(TypeError, 'argument out0'):
            cupy.add(x, x, out=numpy.array([1, 2]))
        with self.assertRaisesRegex(TypeError, 'builtins.str'):
            cupy.add(x, 'a')
        with self.assertRaisesRegex(ValueError, 'broadcast together'):
            cupy.add(x, cupy.array([1, 2, 3]))

    def test_python_integer_that_does_not_fit(self):
        if numpy.__version__ < '2':
            self.assertEqual((cupy.array([1], 'B') + 300).dtype,
                             (numpy.array([1], 'B') + 300).dtype)
            return
        with self.assertRaises(OverflowError):
            cupy.array([1], 'B') + 300

    def test_made_by_the_user(self):
        logistic = cupy.core.create_ufunc(
            'my_logistic', ['e->e', 'f->f', ('d->d', 'out0 = 0')],
            'out0 = one<in0_type>() / (1 + exp(-in0))', preamble='''
            template <typename T> __device__ float one() { return 1; }''')
        x = numpy.array([-1, 0, 1], 'f')
        testing.assert_allclose(
            logistic(cupy.array(x)), 1 / (1 + numpy.exp(-x)), rtol=1e-6)
        testing.assert_array_equal(logistic(cupy.array([5.])), [0])
        self.assertEqual(logistic(cupy.array([1], 'b')).dtype, 'e')

    @testing.multi_gpu(2)
    def test_array_of_another_device(self):
        with cupy.cuda.Device(1):
            y = cupy.ones(2)
        with self.assertRaisesRegex(ValueError, 'argument 1 is on device 1'):
            cupy.add(cupy.ones(2), y)


class TestDivisions(unittest.TestCase):
    """Division and remainder, where C and Python differ."""

    def check(self, function, dtype, values):
        x = numpy.array(values, dtype)[:, None]
        y = numpy.array(values, dtype)[None]
        with numpy.errstate(all='ignore'):
            expected = getattr(numpy, function)(x, y)
        actual = getattr(cupy, function)(cupy.array(x), cupy.array(y))
        numpy.testing.assert_array_equal(actual.get(), expected)
        self.assertEqual(actual.dtype, expected.dtype)
        if expected.dtype.kind == 'f':
            numpy.testing.assert_array_equal(
                numpy.signbit(actual.get()), numpy.signbit(expected))

    def test_signed(self):
        for dtype in 'bhil':
            low = numpy.iinfo(dtype).min
            high = numpy.iinfo(dtype).max
            for function in ('floor_divide', 'remainder'):
                self.check(function, dtype,
                           [low, low + 1, -7, -3, -1, 0, 1, 2, 3, 7, high])

    def test_unsigned(self):
        for dtype in 'BHIL':
            high = numpy.iinfo(dtype).max
            for function in ('floor_divide', 'remainder'):
                self.check(function, dtype, [0, 1, 2, 3, 7, high - 1, high])

    def test_floats(self):
        values = [0., 1, 2, 3, 0.5, 0.1, 7.25, 1e3, numpy.inf]
        values += [-v for v in values]
        for dtype in 'fd':
            for function in ('floor_divide', 'remainder', 'true_divide'):
                with self.subTest(dtype=dtype, function=function):
                    self.check_finite(function, dtype, values)

    def check_finite(self, function, dtype, values):
        # The sign of a NaN says nothing.
        x = numpy.array(values, dtype)[:, None]
        y = numpy.array(values, dtype)[None]
        with numpy.errstate(all='ignore'):
            expected = getattr(numpy, function)(x, y)
        actual = getattr(cupy, function)(
            cupy.array(x), cupy.array(y)).get()
        numpy.testing.assert_array_equal(actual, expected)
        numbers = ~numpy.isnan(expected)
        numpy.testing.assert_array_equal(
            numpy.signbit(actual)[numbers], numpy.signbit(expected)[numbers])


class TestOtherArithmetic(unittest.TestCase):

    def test_comparison_of_signed_and_unsigned(self):
        x = numpy.array([-1, 0, 2 ** 63 - 1], 'l')[:, None]
        y = numpy.array([0, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1], 'L')[None]
        for name in ('equal', 'not_equal', 'less', 'less_equal', 'greater',
                     'greater_equal'):
            compare, expected = getattr(cupy, name), getattr(numpy, name)
            # Exact in Python's integers.
            operator = {'equal': '__eq__', 'not_equal': '__ne__',
                        'less': '__lt__', 'less_equal': '__le__',
                        'greater': '__gt__', 'greater_equal': '__ge__'}[name]
            exact = [[getattr(int(a), operator)(int(b)) for b in y[0]]
                     for a in x[:, 0]]
            testing.assert_array_equal(
                compare(cupy.array(x), cupy.array(y)), exact)
            exact = [[getattr(int(b), operator)(int(a)) for b in y[0]]
                     for a in x[:, 0]]
            testing.assert_array_equal(
                compare(cupy.array(y), cupy.array(x)), exact)
            self.assertEqual(expected(x, y).dtype, numpy.bool_)

    def test_comparison_with_integers_beyond_the_type(self):
        for dtype in 'bBlL':
            x = numpy.array([0, 1, 100], dtype)
            for value in (300, -1000, 2 ** 70, -2 ** 70):
                if -2 ** 15 < value < 2 ** 15 and dtype in 'lL':
                    continue
                for name in ('equal', 'not_equal', 'less', 'less_equal',
                             'greater', 'greater_equal'):
                    testing.assert_array_equal(
                        getattr(cupy, name)(cupy.array(x), value),
                        getattr(numpy, name)(x, value))
                    testing.assert_array_equal(
                        getattr(cupy, name)(value, cupy.array(x)),
                        getattr(numpy, name)(value, x))

    def test_shifts(self):
        for dtype in 'bBiL':
            width = 8 * numpy.dtype(dtype).itemsize
            x = numpy.array([1, 3, 100, -1 if dtype.islower() else 255],
                            dtype)[:, None]
            y = numpy.array([0, 1, width - 1, width, width + 3], dtype)[None]
            for name in ('left_shift', 'right_shift'):
                testing.assert_array_equal(
                    getattr(cupy, name)(cupy.array(x), cupy.array(y)),
                    getattr(numpy, name)(x, y), f'{name} {dtype}')

    def test_power_of_integers(self):
        for dtype in 'bBhHiIlL':
            x = numpy.arange(0, 12).astype(dtype)[:, None]
            y = numpy.arange(0, 9).astype(dtype)[None]
            testing.assert_array_equal(
                cupy.array(x) ** cupy.array(y), x ** y)
        testing.assert_array_equal(
            cupy.array([-1, -1, 1, 2, 0]) ** cupy.array([-3, -2, -5, -1, 2]),
            [-1, 1, 1, 0, 0])

    def test_square(self):
        exponents = (2, 2.0, numpy.float32(2))
        for x in (numpy.arange(4), numpy.arange(4, dtype='f'),
                  numpy.arange(4, dtype='b'), numpy.array([True, False])):
            for exponent in exponents:
                if exponent is not exponents[0] and (
                        x.dtype == bool or
                        x.dtype.kind == 'i' and numpy.__version__ < '2'):
                    continue  # NumPy 1 has rules of its own for these
                expected, actual = x ** exponent, cupy.array(x) ** exponent
                testing.assert_array_equal(actual, expected)
                self.assertEqual(actual.dtype, expected.dtype)

    def test_power_of_floats(self):
        x = numpy.array([-2, -0.5, 0, 0.5, 2, 3], 'd')[:, None]
        y = numpy.array([-3, -1, -0.5, 0, 0.5, 1, 2, 3], 'd')[None]
        for dtype, tolerance in (('e', 1e-3), ('f', 1e-6), ('d', 1e-14)):
            with numpy.errstate(all='ignore'):
                expected = x.astype(dtype) ** y.astype(dtype)
            testing.assert_allclose(
                cupy.array(x, dtype) ** cupy.array(y, dtype), expected,
                rtol=tolerance)

    def test_maximum_and_minimum_of_nan(self):
        values = numpy.array([-1, 0, 2, numpy.nan, numpy.inf, -numpy.inf])
        for dtype in 'efd':
            x = values.astype(dtype)[:, None]
            y = values.astype(dtype)[None]
            for name in ('maximum', 'minimum'):
                testing.assert_array_equal(
                    getattr(cupy, name)(cupy.array(x), cupy.array(y)),
                    getattr(numpy, name)(x, y))

    def test_absolute(self):
        for dtype in DTYPES:
            x = numpy.array([0, 1, 2, 100], dtype)
            if dtype in 'bhilefd':
                x = numpy.concatenate([x, -x])
            testing.assert_array_equal(abs(cupy.array(x)), abs(x))
        self.assertFalse(numpy.signbit(abs(cupy.array([-0.])).get())[0])

    def test_logic_of_bools(self):
        x = numpy.array([False, False, True, True])
        y = numpy.array([False, True, False, True])
        for name in ('add', 'multiply', 'maximum', 'minimum', 'bitwise_and',
                     'bitwise_or', 'bitwise_xor', 'power', 'equal', 'less'):
            expected = getattr(numpy, name)(x, y)
            actual = getattr(cupy, name)(cupy.array(x), cupy.array(y))
            testing.assert_array_equal(actual, expected)
            self.assertEqual(actual.dtype, expected.dtype)
        testing.assert_array_equal(~cupy.array(x), ~x)
