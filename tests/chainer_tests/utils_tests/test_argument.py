import fractions
import unittest

import numpy

import chainer
from chainer.utils import argument


class TestInteger(unittest.TestCase):

    def test_integers(self):
        for value in (3, numpy.int64(3), numpy.uint8(3), numpy.array(3)):
            result = argument.integer('n', value)
            self.assertIs(type(result), int)
            self.assertEqual(result, 3)
        self.assertEqual(argument.integer('n', -1), -1)

    def test_others(self):
        for value in (None, 3., numpy.float32(3), '3', (3,), [3],
                      numpy.array([3]), numpy.array(3.), True,
                      numpy.bool_(True), numpy.array(True), 3j):
            with self.assertRaisesRegex(
                    TypeError, '^n must be an integer, but is '):
                argument.integer('n', value)

    def test_message_shows_the_value(self):
        with self.assertRaisesRegex(TypeError, "^n .* is '3'$"):
            argument.integer('n', '3')


class TestIntegers(unittest.TestCase):

    def test_sequences(self):
        for values in ((2, -1), [2, -1], numpy.array([2, -1]), iter((2, -1)),
                       (numpy.int64(2), -1)):
            result = argument.integers('shape', values)
            self.assertIs(type(result), tuple)
            self.assertEqual(result, (2, -1))
            self.assertEqual([type(i) for i in result], [int, int])
        self.assertEqual(argument.integers('shape', ()), ())

    def test_others(self):
        for values in (None, 3, 'ab', (2, 1.5), (2, None), (2, True),
                       numpy.array(3), numpy.zeros((2, 2), 'i'),
                       numpy.zeros(2), chainer.Variable(numpy.array([2]))):
            with self.assertRaisesRegex(
                    TypeError, '^shape must be a tuple of integers, but is '):
                argument.integers('shape', values)


class TestNumber(unittest.TestCase):

    def test_numbers(self):
        for value in (.5, numpy.float16(.5), numpy.float32(.5),
                      numpy.float64(.5), numpy.array(.5, 'f'),
                      fractions.Fraction(1, 2)):
            result = argument.number('eps', value)
            self.assertIs(type(result), float)
            self.assertEqual(result, .5)
        for value in 2, numpy.int32(2), numpy.array(2):
            self.assertEqual(argument.number('eps', value), 2)

    def test_nan_and_infinity_are_numbers(self):
        for text in 'inf', '-inf', 'nan':
            value = float(text)
            self.assertIs(argument.number('eps', value), value)

    def test_array_type_is_kept(self):
        x = numpy.zeros(2, 'f')
        for value in numpy.float64(.5), numpy.array(.5), numpy.int64(3):
            y = x + argument.number('eps', value)
            self.assertEqual(y.dtype, numpy.float32)

    def test_others(self):
        for value in (None, '1', (1,), 1j, numpy.ones(1), numpy.array(1j),
                      numpy.array(True), True, numpy.bool_(True),
                      chainer.Variable(numpy.array(1.))):
            with self.assertRaisesRegex(
                    TypeError, '^eps must be a number, but is '):
                argument.number('eps', value)


class TestSequence(unittest.TestCase):

    def test_list_and_tuple_are_left(self):
        x = numpy.zeros(2)
        for xs in [x, x], (x,), [], ():
            self.assertIs(argument.sequence('xs', xs), xs)

    def test_generator(self):
        x = numpy.zeros(2)
        xs = argument.sequence('xs', (x for _ in range(3)))
        self.assertEqual([id(y) for y in xs], [id(x)] * 3)

    def test_array(self):
        xs = argument.sequence('xs', numpy.array([[1, 2], [3, 4]]))
        self.assertEqual([x.tolist() for x in xs], [[1, 2], [3, 4]])

    def test_others(self):
        for xs in None, 3, numpy.array(3):
            with self.assertRaisesRegex(
                    TypeError, '^xs must be a list of arrays, but got '):
                argument.sequence('xs', xs)

    def test_error_in_a_generator_is_passed_on(self):
        def fail():
            raise TypeError('mine')
            yield

        with self.assertRaisesRegex(TypeError, '^mine$'):
            argument.sequence('xs', fail())


class TestCheckSizes(unittest.TestCase):

    def test_valid(self):
        argument.check_sizes(0, a=0, b=numpy.int32(5))
        argument.check_sizes(1, a=1)
        argument.check_sizes(1)

    def test_too_small(self):
        with self.assertRaisesRegex(
                ValueError, '^b must be 1 or more, but is 0$'):
            argument.check_sizes(1, a=1, b=0)
        with self.assertRaisesRegex(
                ValueError, '^a must be 0 or more, but is -1$'):
            argument.check_sizes(0, a=-1)

    def test_no_integer(self):
        for value in '3', None, 3., float('nan'), True, (3,):
            with self.assertRaisesRegex(TypeError, '^a must be an integer'):
                argument.check_sizes(0, a=value)


class TestAsVariable(unittest.TestCase):

    def test_variable(self):
        x = chainer.Variable(numpy.zeros(2))
        self.assertIs(argument.as_variable(x), x)

    def test_array(self):
        x = numpy.zeros(2)
        y = argument.as_variable(x)
        self.assertIs(y.data, x)
        self.assertEqual(y.volatile, 'auto')

    def test_others(self):
        for x in None, [1., 2.], 3.:
            with self.assertRaisesRegex(TypeError, '^a Variable holds a '):
                argument.as_variable(x)
            with self.assertRaisesRegex(TypeError, '^h: a Variable holds a '):
                argument.as_variable(x, 'h')
