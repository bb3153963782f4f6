import gc
import unittest
import weakref

import numpy

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import gradient_check, testing


def uniform(*shape, dtype='f', seed=0):
    random = numpy.random.RandomState(seed)
    return numpy.array(random.uniform(-1, 1, shape), dtype)


class TestNumericalGrad(unittest.TestCase):

    def check(self, f, inputs, grad_outputs, expected, **options):
        """``expected`` are analytical gradients."""
        tolerance = options.pop('tolerance', 1e-6)
        copies = [x.copy() for x in inputs]
        gxs = gradient_check.numerical_grad(
            f, inputs, grad_outputs, **options)
        self.assertIsInstance(gxs, tuple)
        self.assertEqual(len(gxs), len(inputs))
        for x, copy, gx, gx_expected in zip(
                inputs, copies, gxs, expected, strict=True):
            self.assertIsInstance(gx, numpy.ndarray)
            self.assertEqual(gx.dtype, x.dtype)
            self.assertEqual(gx.shape, x.shape)
            testing.assert_allclose(
                gx, gx_expected, atol=tolerance, rtol=tolerance)
            self.assertEqual(x.tobytes(), copy.tobytes())

    def test_one_input(self):
        x, gy = uniform(3, 2, dtype='d'), uniform(3, 2, dtype='d', seed=1)
        self.check(lambda: (numpy.sin(x),), (x,), (gy,), [numpy.cos(x) * gy])

    def test_central_differences_are_exact_for_quadratic_functions(self):
        x = uniform(4, dtype='d')
        self.check(lambda: (x * x,), (x,), (numpy.ones(4),), [2 * x],
                   eps=0.5, tolerance=1e-12)

    def test_several_inputs_and_outputs(self):
        x, y = uniform(2, 3, dtype='d'), uniform(3, dtype='d', seed=1)
        g0, g1 = uniform(2, 3, dtype='d', seed=2), numpy.array(0.5)
        self.check(lambda: (x * y, (x * x).sum()), (x, y), (g0, g1),
                   [g0 * y + 2 * x * g1, (g0 * x).sum(axis=0)])

    def test_each_output_element_depends_on_each_input_element(self):
        x, w = uniform(2, 3, dtype='d'), uniform(3, 4, dtype='d', seed=1)
        gy = uniform(2, 4, dtype='d', seed=2)
        self.check(lambda: (x.dot(w),), (x, w), (gy,),
                   [gy.dot(w.T), x.T.dot(gy)])

    def test_zero_dimensional_input(self):
        x = numpy.array(3.)
        self.check(lambda: (x * x,), (x,), (numpy.array(2.),), [12.])

    def test_empty_input(self):
        x = numpy.empty((0, 3))
        self.check(lambda: (x * x,), (x,), (numpy.empty((0, 3)),),
                   [numpy.empty((0, 3))])

    def test_non_contiguous_input(self):
        whole = uniform(4, 6, dtype='d')
        for x in (whole.T, whole[::2, ::-3], numpy.asfortranarray(whole)):
            self.check(lambda x=x: (x ** 3,), (x,), (numpy.ones(x.shape),),
                       [3 * x * x], tolerance=1e-5)

    def test_output_without_gradient(self):
        x = uniform(3, dtype='d')
        self.check(lambda: (x * x, numpy.exp(x), None), (x,),
                   (None, numpy.ones(3), None), [numpy.exp(x)])

    def test_number_as_gradient(self):
        x = uniform(3, dtype='d')
        self.check(lambda: ((x * x).sum(),), (x,), (1,), [2 * x])
        self.check(lambda: (x * x,), (x,), (2,), [4 * x])

    def test_numpy_scalar_as_output(self):
        x = numpy.array(3.)
        self.assertIsInstance(numpy.sin(x), numpy.float64)
        self.check(lambda: (numpy.sin(x),), (x,), (1.,), [numpy.cos(x)])

    def test_output_that_is_the_input(self):
        x = uniform(3, dtype='d')
        self.check(lambda: (x,), (x,), (numpy.ones(3),), [numpy.ones(3)])

    def test_output_in_a_buffer_that_is_used_again(self):
        x, y = uniform(3, dtype='d'), numpy.empty(3)

        def f():
            numpy.multiply(x, x, out=y)
            return y,
        self.check(f, (x,), (numpy.ones(3),), [2 * x])

    def test_half_precision_input(self):
        # 1 + eps is not 1.001 in half precision, but 1.00098.
        x = numpy.array([1, -0.7, 0.1], 'e')
        gx = numpy.array([2, -1.4, 0.2])
        self.check(lambda: (x.astype('d') ** 2,), (x,), (1,), [gx],
                   tolerance=1e-3)

    def test_half_precision_sum_does_not_overflow(self):
        x = numpy.array(0.5, 'e')
        gy = numpy.full(4, 30000, 'e')
        gy[2:] *= -1
        self.check(lambda: (numpy.repeat(x, 4),), (x,), (gy,), [0])

    def test_single_precision_sum_is_precise(self):
        # 2 ** 24 + 1 is 2 ** 24 in single precision.
        x = numpy.array(0., 'f')
        gy = numpy.array([2 ** 24, 1, -2 ** 24], 'f')
        self.check(lambda: (numpy.repeat(x, 3),), (x,), (gy,), [1],
                   eps=1, tolerance=0)

    def test_input_is_restored_after_an_error(self):
        x = uniform(3)
        copy = x.copy()
        calls = []

        def f():
            calls.append(x.copy())
            if len(calls) == 4:
                raise OSError('in f')
            return x * x,
        with self.assertRaisesRegex(OSError, 'in f'):
            gradient_check.numerical_grad(f, (x,), (1,))
        self.assertFalse((calls[-1] == copy).all())
        self.assertEqual(x.tobytes(), copy.tobytes())

    def test_vanishing_step(self):
        x = numpy.array([1, 100], 'e')
        copy = x.copy()
        with self.assertRaisesRegex(ValueError, r'eps=0\.001 .*100\.0.*float'):
            gradient_check.numerical_grad(lambda: (x,), (x,), (1,))
        numpy.testing.assert_array_equal(x, copy)

    def test_input_must_be_floating_point(self):
        for x in (numpy.arange(3), 1., [1.], numpy.float32(3)):
            with self.assertRaisesRegex(TypeError, r'inputs\[1\]'):
                gradient_check.numerical_grad(
                    lambda: (1,), (uniform(2), x), (1,))

    def test_single_output_must_be_a_tuple(self):
        x = uniform(3)
        with self.assertRaisesRegex(TypeError, 'tuple of arrays'):
            gradient_check.numerical_grad(lambda: x, (x,), (1, 1, 1))

    def test_number_of_outputs(self):
        x = uniform(3)
        with self.assertRaisesRegex(ValueError, '2 outputs.*1 grad_outputs'):
            gradient_check.numerical_grad(lambda: (x, x), (x,), (1,))

    def test_shape_of_gradient(self):
        x = uniform(2, 3)
        with self.assertRaisesRegex(ValueError, r'\(3,\).*\(2, 3\)'):
            gradient_check.numerical_grad(lambda: (x,), (x,), (uniform(3),))

    def test_variable_as_output(self):
        x = uniform(3)
        with self.assertRaises(TypeError):
            gradient_check.numerical_grad(
                lambda: (chainer.Variable(x),), (x,), (1,))


class MulAdd(chainer.Function):
    """``x * y + z``, and what can be wrong about its gradients."""

    argument_names = 'x', 'y', 'z'

    def __init__(self, spoil=None):
        self.spoil = spoil

    def forward(self, inputs):
        x, y, z = inputs
        return x * y + z,

    def backward(self, inputs, grad_outputs):
        x, y, z = inputs
        gw, = grad_outputs
        grads = [y * gw, x * gw, gw.copy()]
        if self.spoil is not None:
            self.spoil(grads)
        return tuple(grads)


class TestCheckBackward(unittest.TestCase):

    def setUp(self):
        self.inputs = tuple(uniform(3, 2, seed=i) for i in range(3))
        self.gy = uniform(3, 2, seed=3)

    def check(self, func, **options):
        options.setdefault('dtype', numpy.float64)
        gradient_check.check_backward(func, self.inputs, self.gy, **options)

    def check_fails(self, spoil, *fragments, **options):
        with self.assertRaises(AssertionError) as raised:
            self.check(MulAdd(spoil), **options)
        for fragment in fragments:
            self.assertIn(fragment, str(raised.exception))

    def test_function_instance(self):
        self.check(MulAdd())

    def test_python_function(self):
        self.check(lambda x, y, z: MulAdd()(x, y, z))

    def test_single_precision(self):
        self.check(MulAdd(), dtype=None, atol=1e-3, rtol=1e-3)

    def test_half_precision(self):
        self.inputs = tuple(x.astype('e') for x in self.inputs)
        self.gy = self.gy.astype('e')
        self.check(MulAdd(), atol=1e-3, rtol=1e-3)

    def test_lists(self):
        gradient_check.check_backward(
            MulAdd(), list(self.inputs), [self.gy], dtype='d')

    def test_single_array(self):
        gradient_check.check_backward(
            lambda x: x * x, self.inputs[0], self.gy, dtype='d')

    def test_arguments_are_left_alone(self):
        copies = [x.copy() for x in (*self.inputs, self.gy)]
        self.check(MulAdd(), dtype=None, atol=1, rtol=1)
        for x, copy in zip((*self.inputs, self.gy), copies, strict=True):
            self.assertEqual(x.tobytes(), copy.tobytes())

    def test_one_array_as_two_inputs(self):
        x = self.inputs[0]
        gradient_check.check_backward(
            lambda x, y: x * y, (x, x), self.gy, dtype='d')

    def test_output_that_is_the_input(self):
        gradient_check.check_backward(
            lambda x: x, self.inputs[0], self.gy, dtype='d')

    def test_variable_used_twice(self):
        gradient_check.check_backward(
            lambda x: MulAdd()(x, x, x), self.inputs[0], self.gy, dtype='d')

    def test_zero_dimensional_variable_used_twice(self):
        gradient_check.check_backward(
            lambda x: x * x + x, numpy.array(0.5, 'f'),
            numpy.array(2., 'f'), dtype='d')

    def test_gradient_in_a_buffer_that_is_used_again(self):
        class Square(chainer.Function):

            buffer = numpy.empty((3, 2), 'f')

            def forward(self, inputs):
                self.buffer[...] = 2 * inputs[0]
                return inputs[0] * inputs[0],

            def backward(self, inputs, grad_outputs):
                self.buffer *= grad_outputs[0]
                return self.buffer,

        gradient_check.check_backward(
            Square(), self.inputs[0], self.gy, dtype='d')

    def test_graph_is_freed(self):
        outputs = []

        def func(x):
            y = F.relu(x)
            outputs.append(weakref.ref(y))
            alive = sum(ref() is not None for ref in outputs)
            self.assertEqual(alive, 1)
            return y
        gc.disable()
        self.addCleanup(gc.enable)
        x = numpy.array([[1., -1.]], 'f')
        gradient_check.check_backward(func, x, x, dtype='d')
        self.assertEqual(len(outputs), 5)

    # Wrong gradients are found.

    def test_wrong_scale(self):
        def spoil(grads):
            grads[1] *= 1.01
        self.check_fails(spoil, 'the gradient of input 1 (y) is wrong')

    def test_wrong_sign(self):
        def spoil(grads):
            grads[0] *= -1
        self.check_fails(spoil, 'the gradient of input 0 (x) is wrong')

    def test_one_wrong_element(self):
        def spoil(grads):
            grads[2][2, 1] += 0.01
        self.check_fails(spoil, 'the gradient of input 2 (z) is wrong',
                         'x[2, 1]')

    def test_swapped_gradients(self):
        def spoil(grads):
            grads[0], grads[1] = grads[1], grads[0]
        self.check_fails(spoil, 'the gradient of input 0 (x) is wrong')

    def test_missing_accumulation(self):
        class Square(chainer.Function):

            def forward(self, inputs):
                return inputs[0] * inputs[0],

            def backward(self, inputs, grad_outputs):
                # That of one factor only.
                return inputs[0] * grad_outputs[0],

        with self.assertRaisesRegex(AssertionError, 'input 0 is wrong'):
            gradient_check.check_backward(
                Square(), self.inputs[0], self.gy, dtype='d')

    def test_nan(self):
        def spoil(grads):
            grads[0][1, 1] = numpy.nan
        self.check_fails(spoil, 'input 0 (x)', 'nan')

    def test_missing_gradient(self):
        def spoil(grads):
            grads[1] = None
        self.check_fails(spoil, 'input 1 (y) got no gradient', 'no_grads')

    def test_tolerances(self):
        def spoil(grads):
            grads[1] *= 1.01
        self.check(MulAdd(spoil), rtol=0.02)
        self.check(MulAdd(spoil), atol=0.02, rtol=0)
        self.check_fails(spoil, 'input 1', atol=1e-4, rtol=1e-4)

    def test_wrong_shape(self):
        def spoil(grads):
            grads[1] = grads[1].sum(axis=0)
        with self.assertRaisesRegex(ValueError, r'(?s)\(2,\).*MulAdd'):
            self.check(MulAdd(spoil))

    def test_wrong_dtype(self):
        def spoil(grads):
            grads[1] = grads[1].astype('d')
        with self.assertRaisesRegex(TypeError, '(?s)float64.*MulAdd'):
            self.check(MulAdd(spoil))

    def test_names_of_python_function(self):
        def spoil(grads):
            grads[2] *= 2
        with self.assertRaisesRegex(AssertionError, r'input 2 \(third\)'):
            self.check(
                lambda first, second, third: MulAdd(spoil)(
                    first, second, third))

    def test_names_of_unreadable_signature(self):
        class Callable:
            __signature__ = 'x, y, z'

            def __call__(self, *xs):
                return MulAdd()(*xs)
        self.check(Callable())

    def test_names_unknown(self):
        def spoil(grads):
            grads[2] *= 2
        with self.assertRaisesRegex(AssertionError, 'input 2 is wrong'):
            self.check(lambda *xs: MulAdd(spoil)(*xs))

    # Inputs that are not checked.

    def test_no_grads(self):
        def spoil(grads):
            grads[1] *= 2
        self.check(MulAdd(spoil), no_grads=[False, True, False])
        self.check_fails(spoil, 'input 1', no_grads=[True, False, True])

    def test_length_of_no_grads(self):
        with self.assertRaisesRegex(ValueError, '2 flags for 3 inputs'):
            self.check(MulAdd(), no_grads=[False, True])

    def test_integer_input(self):
        i = numpy.array([2, 0, 1])
        for no_grads in (None, [False, False], [False, True]):
            gradient_check.check_backward(
                Choose(), (self.inputs[0], i), uniform(3, 2), dtype='d',
                no_grads=no_grads)

    def test_integer_input_with_gradient(self):
        class Wrong(Choose):

            def backward(self, inputs, grad_outputs):
                gx, _ = super().backward(inputs, grad_outputs)
                return gx, numpy.zeros_like(inputs[1])

        with self.assertRaisesRegex(AssertionError, 'input 1.*int64'):
            gradient_check.check_backward(
                Wrong(), (self.inputs[0], numpy.array([2, 0, 1])), self.gy,
                dtype='d')

    # Outputs and their gradients.

    def test_loss(self):
        for x in (self.inputs[0], self.inputs[0].astype('d')):
            gradient_check.check_backward(
                lambda x: F.sum(x * x), x, None, dtype='d')

    def test_wrong_loss(self):
        with self.assertRaisesRegex(AssertionError, 'input 0'):
            gradient_check.check_backward(
                lambda x: F.sum(MulAdd(lambda grads: grads[0].fill(2))(
                    x, x, x)), self.inputs[0], None, dtype='d')

    def test_several_outputs(self):
        g1, g2 = uniform(3, 2, seed=5), uniform(3, 2, seed=6)
        for y_grad in ((g1, g2), (g1, None), (None, g2)):
            gradient_check.check_backward(
                SumAndProduct(), self.inputs[:2], y_grad, dtype='d')

    def test_several_outputs_of_several_functions(self):
        g1, g2 = uniform(3, 2, seed=5), uniform(3, 2, seed=6)
        gradient_check.check_backward(
            lambda x, y: (x * y, x + y), self.inputs[:2], (g1, g2), dtype='d')
        with self.assertRaisesRegex(AssertionError, r'input 1 \(y\)'):
            gradient_check.check_backward(
                lambda x, y: (x * y, MulAdd(lambda grads: grads[1].fill(0))(
                    x, y, x)), self.inputs[:2], (g1, g2), dtype='d')

    def test_gradient_of_ignored_output_is_not_complemented(self):
        # Backprop from a scalar starts with 1 where nothing else is said.
        gradient_check.check_backward(
            lambda x: (F.sum(x), F.sum(x * x)), self.inputs[0],
            (None, numpy.array(0.5, 'f')), dtype='d')

    def test_no_gradients_at_all(self):
        with self.assertRaisesRegex(ValueError, 'nothing to check'):
            gradient_check.check_backward(
                SumAndProduct(), self.inputs[:2], (None, None))

    def test_length_of_y_grad(self):
        with self.assertRaisesRegex(ValueError, '1 gradients.* 2 outputs'):
            gradient_check.check_backward(
                SumAndProduct(), self.inputs[:2], self.gy)

    def test_outputs_without_y_grad(self):
        with self.assertRaisesRegex(ValueError, 'one scalar'):
            gradient_check.check_backward(
                SumAndProduct(), self.inputs[:2], None)
        with self.assertRaisesRegex(ValueError, 'one scalar'):
            gradient_check.check_backward(MulAdd(), self.inputs, None)

    def test_shape_and_dtype_of_y_grad(self):
        with self.assertRaises(ValueError):
            gradient_check.check_backward(
                MulAdd(), self.inputs, self.gy.reshape(2, 3))
        with self.assertRaises(TypeError):
            gradient_check.check_backward(
                MulAdd(), self.inputs, self.gy.astype('d'))

    def test_output_must_be_a_variable(self):
        with self.assertRaisesRegex(TypeError, 'array of float32'):
            gradient_check.check_backward(
                lambda x: x.data * 2, self.inputs[0], self.gy)

    def test_dtype_must_be_floating_point(self):
        for dtype in (numpy.int32, 'i', bool):
            with self.assertRaisesRegex(ValueError, 'floating-point'):
                self.check(MulAdd(), dtype=dtype)


class Choose(chainer.Function):
    """``x[i]`` for an array of integers."""

    def forward(self, inputs):
        x, i = inputs
        return x[i],

    def backward(self, inputs, grad_outputs):
        x, i = inputs
        gx = numpy.zeros_like(x)
        numpy.add.at(gx, i, grad_outputs[0])
        return gx, None


class SumAndProduct(chainer.Function):
    """``x + y`` and ``x * y``."""

    def forward(self, inputs):
        x, y = inputs
        return x + y, x * y

    def backward(self, inputs, grad_outputs):
        x, y = inputs
        zero = numpy.zeros_like(x)
        g_sum, g_product = [zero if g is None else g for g in grad_outputs]
        return g_sum + y * g_product, g_sum + x * g_product


class TestCheckBackwardOfLinks(unittest.TestCase):

    def setUp(self):
        self.link = L.Linear(3, 2)
        self.link.W.data[...] = uniform(2, 3)
        self.link.b.data[...] = uniform(2, seed=1)
        self.x, self.gy = uniform(4, 3, seed=2), uniform(4, 2, seed=3)

    def check(self, func, params, **options):
        gradient_check.check_backward(
            func, self.x, self.gy, params, dtype=numpy.float64, **options)

    def test_link(self):
        self.check(self.link, (self.link.W, self.link.b))

    def test_one_parameter(self):
        link = L.Linear(3, 2, nobias=True)
        self.check(link, link.W)

    def test_new_parameters_have_nan_gradients(self):
        self.link.W.grad = numpy.full((2, 3), numpy.nan, 'f')
        self.check(self.link, (self.link.W, self.link.b))

    def test_parameters_are_restored(self):
        data = self.link.W.data
        copy = data.copy()
        self.check(self.link, (self.link.W, self.link.b))
        self.assertIs(self.link.W.data, data)
        self.assertEqual(data.tobytes(), copy.tobytes())

    def test_parameters_are_restored_after_an_error(self):
        data = self.link.W.data
        copy = data.copy()

        def func(x):
            if self.link.W.data.dtype == numpy.float64:
                raise OSError('in func')
            return self.link(x)
        with self.assertRaisesRegex(OSError, 'in func'):
            self.check(func, self.link.W)
        self.assertIs(self.link.W.data, data)
        self.assertEqual(data.tobytes(), copy.tobytes())

    def test_gradients_of_parameters_are_left(self):
        self.check(self.link, (self.link.W, self.link.b))
        testing.assert_allclose(self.link.W.grad, self.gy.T.dot(self.x))
        testing.assert_allclose(self.link.b.grad, self.gy.sum(axis=0))

    def test_wrong_gradient(self):
        def func(x):
            return MulAdd(lambda grads: grads[1].fill(0))(
                x, scale, x)
        scale = chainer.Variable(uniform(4, 3), name='scale')
        self.gy = uniform(4, 3, seed=5)
        with self.assertRaisesRegex(AssertionError,
                                    r'params\[0\] \(scale\) is wrong'):
            self.check(func, scale)

    def test_parameter_without_gradient(self):
        unused = chainer.Variable(uniform(2), name='unused')
        with self.assertRaisesRegex(AssertionError,
                                    r'params\[2\] \(unused\) got no'):
            self.check(self.link, (self.link.W, self.link.b, unused))


class TestAssertAllclose(unittest.TestCase):

    def test_alias(self):
        self.assertIs(gradient_check.assert_allclose,
                      testing.assert_allclose)
