import unittest

import numpy

import chainer
from chainer import testing


class TestAssertAllclose(unittest.TestCase):

    def check_fails(self, x, y, *fragments, **kwargs):
        with self.assertRaises(AssertionError) as raised:
            testing.assert_allclose(x, y, **kwargs)
        for fragment in fragments:
            self.assertIn(fragment, str(raised.exception))
        return str(raised.exception)

    def test_equal(self):
        x = numpy.arange(6.).reshape(2, 3)
        testing.assert_allclose(x, x.copy(), atol=0, rtol=0)

    def test_types_may_differ(self):
        testing.assert_allclose(
            numpy.array([1, 2], numpy.int32), numpy.array([1, 2], 'e'))

    def test_lists_and_numbers(self):
        testing.assert_allclose([1, 2], (1, 2))
        testing.assert_allclose(3, numpy.float32(3))

    def test_atol_is_inclusive(self):
        testing.assert_allclose(1.5, 1, atol=0.5, rtol=0)
        self.check_fails(numpy.nextafter(1.5, 2), 1, atol=0.5, rtol=0)

    def test_rtol_is_relative_to_y(self):
        testing.assert_allclose(0, 2, atol=0, rtol=1)
        self.check_fails(2, 0, atol=0, rtol=1)

    def test_tolerances_add_up(self):
        testing.assert_allclose(17, 10, atol=2, rtol=0.5)
        self.check_fails(17.1, 10, atol=2, rtol=0.5)

    def test_default_tolerances(self):
        testing.assert_allclose(10.00100, 10)
        self.check_fails(10.00102, 10)
        testing.assert_allclose(0.99e-5, 0)
        self.check_fails(1.01e-5, 0)

    def test_half_precision_does_not_overflow(self):
        # In half precision, the difference and the tolerance are infinite.
        x, y = numpy.array([-20000, 60000], 'e')
        self.check_fails(x, y, atol=0, rtol=1.2)

    def test_unsigned_integers_do_not_wrap_around(self):
        x = numpy.array([0], numpy.uint8)
        y = numpy.array([255], numpy.uint8)
        self.check_fails(x, y, '|x - y| = 255', atol=1, rtol=0)

    def test_bool_and_complex(self):
        testing.assert_allclose(numpy.array([True]), numpy.array([True]))
        self.check_fails(numpy.array([True]), numpy.array([False]))
        testing.assert_allclose(numpy.array([1j]), numpy.array([1j + 1e-6]))
        self.check_fails(numpy.array([1j]), numpy.array([1j + 1e-3]))

    def test_scalar_is_compared_with_each_element(self):
        testing.assert_allclose(numpy.ones((2, 3)), 1)
        testing.assert_allclose(1, numpy.ones((2, 3)))
        self.check_fails(numpy.array([1, 1, 2]), 1, 'x[2] = 2.0', 'y[2] = 1.0')

    def test_shape_mismatch(self):
        for shape in [(3,), (1, 3), (2, 1), (3, 2), (2, 3, 1)]:
            self.check_fails(numpy.ones((2, 3)), numpy.ones(shape),
                             'x has shape (2, 3)', f'y has shape {shape}')

    def test_empty(self):
        testing.assert_allclose(numpy.empty((0, 3)), numpy.empty((0, 3)))
        self.check_fails(numpy.empty((0,)), numpy.empty((0, 3)))

    def test_nan(self):
        testing.assert_allclose([numpy.nan, 1], [numpy.nan, 1])
        self.check_fails([5, numpy.nan, 1], [1, 1, 1], 'x[1] = nan')
        self.check_fails([5, 1, 1], [1, 1, numpy.nan], 'y[2] = nan')

    def test_infinity(self):
        testing.assert_allclose([numpy.inf, 1], [numpy.inf, 1])
        self.check_fails([numpy.inf, 1], [-numpy.inf, 1], 'x[0] = inf')
        self.check_fails([1, numpy.inf], [1, 1], 'x[1] = inf')

    def test_message_shows_the_worst_element(self):
        x = numpy.zeros((2, 3), numpy.float32)
        y = numpy.zeros((2, 3), numpy.float64)
        # The first differs more, but less beyond its tolerance.
        x[0, 1], y[0, 1] = 1000.5, 1000
        x[1, 2], y[1, 2] = 0.25, 0
        self.check_fails(
            x, y, 'x[1, 2] = 0.25', 'y[1, 2] = 0.0', '|x - y| = 0.25',
            'allowed 0.125', 'x has shape (2, 3) and dtype float32',
            'y has shape (2, 3) and dtype float64', atol=0.125, rtol=1e-3)

    def test_message_about_scalars(self):
        self.check_fails(1, 2, 'x[] = 1.0', 'y[] = 2.0', 'shape ()')

    def test_verbose(self):
        x, y = numpy.array([1, 2, 3]), numpy.array([1, 2, 4])
        self.assertIn('[1., 2., 4.]', self.check_fails(x, y))
        self.assertNotIn(
            '[1., 2., 4.]', self.check_fails(x, y, verbose=False))

    def test_arguments_are_left_alone(self):
        x, y = numpy.array([1, 2], 'f'), numpy.array([1, 3], 'f')
        self.check_fails(x, y)
        numpy.testing.assert_array_equal(x, numpy.array([1, 2], 'f'))
        numpy.testing.assert_array_equal(y, numpy.array([1, 3], 'f'))

    def test_variable_is_refused(self):
        x = numpy.ones(2, 'f')
        with self.assertRaisesRegex(TypeError, r'y\.data'):
            testing.assert_allclose(x, chainer.Variable(x))

    def test_what_is_no_number_is_refused(self):
        for x in ('1', None, object()):
            with self.assertRaisesRegex(TypeError, 'array of numbers'):
                testing.assert_allclose(x, 1)
