"""Ready-made tests of elementwise functions."""
import numpy

from chainer import gradient_check, variable
from chainer.testing import array, parameterized

#: Absolute and relative tolerance of results of each type.
_TOLERANCES = {
    numpy.float16: {'atol': 1e-2, 'rtol': 1e-2},
    numpy.float32: {'atol': 1e-5, 'rtol': 1e-4},
    numpy.float64: {'atol': 1e-6, 'rtol': 1e-6},
}


def unary_math_function_test(Func, func=None, label_expected=None,
                             make_data=None):
    """Makes a decorator that fills a test case for an elementwise function.

    The test case gets tests that

    * the outputs are those of ``func``, and have the type and shape of the
      inputs;
    * the gradients are those found by finite differences;
    * the label is ``label_expected``;

    each for the shapes ``(3, 2)`` and ``()`` and for all floating-point types,
    which are the attributes ``shape`` and ``dtype``. Tests of its own run for
    each combination as well.

    Args:
        Func (class): :class:`~chainer.Function` of one input, made without
            arguments.
        func (callable): What computes the expected outputs; it gets an array
            of double precision. By default the function of NumPy that has the
            name of ``Func`` in lower case.
        label_expected (str): Expected label. By default the name of ``Func``
            in lower case.
        make_data (callable): Function of a shape and a dtype that returns an
            input array and a gradient of the output. By default the elements
            of both are distributed uniformly over [-1, 1].

    Returns:
        callable: Decorator of a subclass of ``unittest.TestCase``.

    Raises:
        ValueError: If ``func`` is missing and NumPy has no such function.

    .. admonition:: Example

       ::

           @testing.unary_math_function_test(F.Sin)
           class TestSin(unittest.TestCase):
               pass

    """
    name = Func.__name__.lower()
    if func is None:
        func = getattr(numpy, name, None)
        if func is None:
            raise ValueError(f'numpy.{name} does not exist: pass a function '
                             f'that computes the expected outputs as func')
    label_expected = name if label_expected is None else label_expected
    make_data = _make_data if make_data is None else make_data

    def decorator(case):
        def test_forward(self):
            x, _ = make_data(self.shape, self.dtype)
            y = Func()(variable.Variable(x))
            self.assertEqual(y.data.dtype, self.dtype)
            self.assertEqual(y.data.shape, self.shape)
            array.assert_allclose(y.data, func(x.astype(numpy.float64)),
                                  **_TOLERANCES[self.dtype])

        def test_backward(self):
            x, gy = make_data(self.shape, self.dtype)
            gradient_check.check_backward(
                lambda x: Func()(x), x, gy, eps=1e-4, dtype=numpy.float64,
                **_TOLERANCES[self.dtype])

        def test_label(self):
            self.assertEqual(Func().label, label_expected)

        for member in (test_forward, test_backward, test_label):
            setattr(case, member.__name__, member)
        return parameterized.parameterize(*parameterized.product({
            'shape': [(3, 2), ()],
            'dtype': [numpy.float16, numpy.float32, numpy.float64],
        }))(case)

    return decorator


# The name would make it a test to nose.
unary_math_function_test.__test__ = False


def _make_data(shape, dtype):
    random = numpy.random.RandomState(0)
    x = numpy.asarray(random.uniform(-1, 1, shape), dtype)
    gy = numpy.asarray(random.uniform(-1, 1, shape), dtype)
    return x, gy
