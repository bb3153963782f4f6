import sys
import types
import unittest

import numpy

import chainer
from chainer import testing


class Square(chainer.Function):

    @property
    def label(self):
        return 'square'

    def forward(self, inputs):
        return chainer.utils.force_array(inputs[0] * inputs[0]),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        return chainer.utils.force_array(2 * x * grad_outputs[0], x.dtype),


class Half(Square):
    """A function that NumPy has no name for."""

    label = 'x / 2'

    def forward(self, inputs):
        return chainer.utils.force_array(inputs[0] / 2, inputs[0].dtype),

    def backward(self, inputs, grad_outputs):
        return Half.forward(self, grad_outputs)


class Log(Square):
    """A function that is not defined for all inputs."""

    label = 'log'

    def forward(self, inputs):
        return chainer.utils.force_array(numpy.log(inputs[0])),

    def backward(self, inputs, grad_outputs):
        return chainer.utils.force_array(grad_outputs[0] / inputs[0]),


def positive_data(shape, dtype):
    random = numpy.random.RandomState(0)
    return (numpy.array(random.uniform(1, 2, shape), dtype),
            numpy.array(random.uniform(-1, 1, shape), dtype))


@testing.unary_math_function_test(Square)
class TestSquare(unittest.TestCase):

    def test_parameters(self):
        self.assertIn(self.shape, [(3, 2), ()])
        self.assertIn(self.dtype,
                      [numpy.float16, numpy.float32, numpy.float64])


@testing.unary_math_function_test(
    Half, func=lambda x: x * 0.5, label_expected='x / 2')
class TestHalf(unittest.TestCase):
    pass


@testing.unary_math_function_test(Log, make_data=positive_data)
class TestLog(unittest.TestCase):
    pass


class WrongValue(Square):

    def forward(self, inputs):
        return chainer.utils.force_array(inputs[0] * abs(inputs[0])),


class WrongType(Square):

    def forward(self, inputs):
        return numpy.asarray(numpy.square(inputs[0], dtype='d')),

    def backward(self, inputs, grad_outputs):
        gx = 2 * inputs[0] * grad_outputs[0]
        return numpy.asarray(gx, inputs[0].dtype),


class WrongShape(Square):
    """Makes one-dimensional arrays of zero-dimensional ones."""

    def forward(self, inputs):
        return numpy.atleast_1d(numpy.square(inputs[0])),

    def backward(self, inputs, grad_outputs):
        gy = grad_outputs[0].reshape(inputs[0].shape)
        return Square.backward(self, inputs, (gy,))


class WrongGradient(Square):

    def backward(self, inputs, grad_outputs):
        return chainer.utils.force_array(inputs[0] * grad_outputs[0]),


class WrongLabel(Square):

    label = 'Square'


class TestUnaryMathFunctionTest(unittest.TestCase):

    def failing(self, Func, func=numpy.square):
        """Returns the names of the generated tests that fail for a class."""
        module = types.ModuleType('unary_sample')
        sys.modules[module.__name__] = module
        self.addCleanup(sys.modules.pop, module.__name__, None)
        case = type('Sample', (unittest.TestCase,),
                    {'__module__': module.__name__})
        testing.unary_math_function_test(
            Func, func=func, label_expected='square')(case)
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
        self.assertEqual(result.testsRun, 18)
        return {test.id().rpartition('.')[2]
                for test, _ in result.failures + result.errors}

    def test_right_function(self):
        self.assertEqual(self.failing(Square), set())

    def test_wrong_forward(self):
        for Func in (WrongValue, WrongType, WrongShape):
            self.assertIn('test_forward', self.failing(Func))

    def test_wrong_backward(self):
        self.assertEqual(self.failing(WrongGradient), {'test_backward'})

    def test_wrong_label(self):
        self.assertEqual(self.failing(WrongLabel), {'test_label'})

    def test_expected_outputs_are_computed_in_double_precision(self):
        def square(x):
            self.assertEqual(x.dtype, numpy.float64)
            return x * x
        self.assertEqual(self.failing(Square, square), set())

    def test_numpy_has_no_such_function(self):
        with self.assertRaisesRegex(ValueError, 'numpy.wronglabel'):
            testing.unary_math_function_test(WrongLabel)
