import copy
import os
import threading
import unittest

import numpy as np

import chainer
import chainer.functions as F
from chainer import cuda


class Double(chainer.Function):
    """Doubles each of its inputs, with code for the CPU alone."""

    def forward_cpu(self, inputs):
        return tuple([x + x for x in inputs])

    def backward_cpu(self, inputs, grad_outputs):
        return tuple([gy + gy for gy in grad_outputs])


class MulAdd(chainer.Function):
    """The function of chapter 2.4."""

    def forward(self, inputs):
        x, y, z = inputs
        w = x * y + z
        return w,

    def backward(self, inputs, grad_outputs):
        x, y, z = inputs
        gw, = grad_outputs
        return y * gw, x * gw, gw


class ExpAdd(chainer.Function):
    """The other function of chapter 2.4."""

    def forward(self, inputs):
        xp = cuda.get_array_module(*inputs)
        x, y = inputs
        return xp.exp(x) + xp.exp(y),

    def backward(self, inputs, grad_outputs):
        xp = cuda.get_array_module(*inputs)
        x, y = inputs
        gz, = grad_outputs
        return gz * xp.exp(x), gz * xp.exp(y)


class Returning(chainer.Function):
    """Function whose methods return what they are told."""

    def __init__(self, y, gx=None):
        self.y = y
        self.gx = gx

    def forward(self, inputs):
        return self.y

    def backward(self, inputs, grad_outputs):
        return self.gx


def variables(*values):
    return [chainer.Variable(np.array([value], 'f')) for value in values]


class TestCall(unittest.TestCase):

    def test_one_output(self):
        x, = variables(3)
        y = Double()(x)
        self.assertIsInstance(y, chainer.Variable)
        np.testing.assert_array_equal(y.data, [6])

    def test_several_outputs(self):
        ys = Double()(*variables(1, 2))
        self.assertIs(type(ys), tuple)
        np.testing.assert_array_equal([y.data for y in ys], [[2], [4]])

    def test_no_outputs(self):
        self.assertEqual(Returning(())(*variables(1)), ())

    def test_no_inputs(self):
        y = Returning((np.ones(1, 'f'),), ())()
        self.assertEqual(y.creator.inputs, ())
        self.assertEqual((y.creator.rank, y.rank), (0, 1))
        self.assertIs(y.volatile, chainer.AUTO)
        y.backward()

    def test_links(self):
        x, y, z = variables(2, 3, 4)
        f = MulAdd()
        w = f(x, y, z)
        self.assertIs(w.creator, f)
        self.assertEqual(len(f.inputs), 3)
        for given, kept in zip((x, y, z), f.inputs):
            self.assertIs(given, kept)
        self.assertEqual(len(f.outputs), 1)
        self.assertIs(f.outputs[0](), w)
        self.assertEqual((f.rank, w.rank), (0, 1))
        v = ExpAdd()(w, x)
        self.assertEqual((v.creator.rank, v.rank), (1, 2))

    def test_before_and_without_a_graph(self):
        f = Double()
        self.assertIsNone(f.inputs)
        self.assertEqual(f.outputs, ())
        f(chainer.Variable(np.zeros(1, 'f'), volatile='on'))
        self.assertIsNone(f.inputs)
        self.assertEqual(f.outputs, ())

    def test_functions_of_the_tutorial(self):
        x, y, z = variables(2, 3, 4)
        w = MulAdd()(x, y, z)
        w.backward()
        self.assertEqual([float(v.data[0]) for v in (x, y, z, w)],
                         [2, 3, 4, 10])
        self.assertEqual([float(v.grad[0]) for v in (x, y, z)], [3, 2, 1])
        x, y = variables(0, 1)
        z = ExpAdd()(x, y)
        z.backward()
        np.testing.assert_allclose(z.data, [1 + np.e], rtol=1e-6)
        np.testing.assert_allclose([x.grad, y.grad], [[1], [np.e]], rtol=1e-6)

    def test_arrays_become_variables(self):
        x, y = np.ones(1, 'f'), chainer.Variable(np.ones(1, 'f'))
        z = ExpAdd()(x, y)
        wrapped = z.creator.inputs[0]
        self.assertIs(wrapped.data, x)
        self.assertIs(wrapped.volatile, chainer.AUTO)
        self.assertIs(z.volatile, chainer.OFF)
        z.backward()
        np.testing.assert_allclose(wrapped.grad, [np.e], rtol=1e-6)

    def test_only_arrays(self):
        y = Double()(np.ones(1, 'f'))
        self.assertIs(y.volatile, chainer.AUTO)
        self.assertIsNotNone(y.creator)

    def test_what_is_no_array(self):
        for x in [1.0], 1.0, None:
            with self.assertRaisesRegex(TypeError, 'numpy.array'):
                Double()(x)

    def test_subclass_with_its_own_constructor(self):
        # v1 code calls the constructor of the base class, or does not.
        class Scale(chainer.Function):
            def __init__(self, factor):
                super(Scale, self).__init__()
                self.factor = factor

            def forward(self, inputs):
                return inputs[0] * self.factor,

        np.testing.assert_array_equal(Scale(3)(*variables(2)).data, [6])


class TestDispatch(unittest.TestCase):

    def test_cpu_methods(self):
        x, = variables(3)
        y = Double()(x)
        y.backward()
        np.testing.assert_array_equal(y.data, [6])
        np.testing.assert_array_equal(x.grad, [2])

    def test_called_directly(self):
        x, gy = np.ones(1, 'f'), np.full(1, 5, 'f')
        np.testing.assert_array_equal(Double().forward((x,)), [[2]])
        np.testing.assert_array_equal(Double().backward((x,), (gy,)), [[10]])

    def test_forward_is_missing(self):
        class Nothing(chainer.Function):
            pass

        x = np.zeros(1, 'f')
        with self.assertRaisesRegex(NotImplementedError,
                                    'Nothing.*forward_cpu'):
            Nothing()(x)
        with self.assertRaisesRegex(NotImplementedError,
                                    'Nothing.*forward_gpu'):
            Nothing().forward_gpu((x,))

    def test_not_differentiable_by_default(self):
        f = chainer.Function()
        for backward in f.backward, f.backward_cpu, f.backward_gpu:
            self.assertEqual(backward((1, 2, 3), (4,)), (None, None, None))


class TestOutputs(unittest.TestCase):

    def test_must_be_a_tuple(self):
        for y, name in ((np.zeros(1, 'f'), 'ndarray'),
                        ([np.zeros(1, 'f')], 'list'), (None, 'NoneType')):
            with self.assertRaises(TypeError) as cm:
                Returning(y)(*variables(1))
            self.assertIn(f'forward of Returning returned a {name}',
                          str(cm.exception))
            self.assertIn('`return y,`', str(cm.exception))

    def test_must_be_arrays(self):
        for debug in False, True:
            for y in np.float32(1), 1.0, None:
                f = Returning((y,))
                with chainer.DebugMode(debug):
                    with self.assertRaises(TypeError) as cm:
                        f(*variables(1))
                self.assertIn('forward of Returning', str(cm.exception))
                self.assertIn(str(type(y)), str(cm.exception))
                self.assertEqual(f.outputs, ())


class TestOneNodeOfOneGraph(unittest.TestCase):

    def test_used_twice(self):
        x, = variables(1)
        f = Double()
        y = f(x)
        with self.assertRaisesRegex(RuntimeError, 'this Double is part'):
            f(x)
        self.assertIs(y.creator, f)
        y.backward()
        np.testing.assert_array_equal(x.grad, [2])

    def test_used_twice_while_one_of_two_outputs_lives(self):
        f = Double()
        y = f(*variables(1, 2))[1]
        with self.assertRaises(RuntimeError):
            f(*variables(1, 2))
        self.assertIs(y.creator, f)

    def test_again_when_outputs_are_gone(self):
        f = Double()
        for value in 1, 2:
            x, = variables(value)
            y = f(x)
            np.testing.assert_array_equal(y.data, [2 * value])
            y.backward()
            np.testing.assert_array_equal(x.grad, [2])
            del y

    def test_again_after_unchaining(self):
        f = Double()
        y = f(*variables(1))
        y.unchain_backward()
        x, = variables(2)
        z = f(x)
        z.backward()
        np.testing.assert_array_equal(x.grad, [2])
        self.assertIsNone(y.creator)

    def test_again_without_a_graph(self):
        f = Double()
        x = chainer.Variable(np.ones(1, 'f'), volatile='on')
        ys = [f(x) for _ in range(3)]
        np.testing.assert_array_equal([y.data for y in ys], [[2]] * 3)

    def test_copies(self):
        f = Double()
        f.note = 'kept'
        g = copy.copy(f)
        x, = variables(1)
        y = g(f(x))
        y.backward()
        np.testing.assert_array_equal(x.grad, [4])
        self.assertEqual(g.note, 'kept')

    def test_copy_comes_too_late(self):
        f = Double()
        y = f(*variables(1))
        with self.assertRaisesRegex(RuntimeError, 'copy.copy.. before'):
            copy.copy(f)(*variables(1))
        self.assertIs(y.creator, f)

    def test_failed_application_leaves_it_free(self):
        f = MulAdd()
        with self.assertRaises(ValueError):
            f(*variables(1))
        np.testing.assert_array_equal(f(*variables(2, 3, 4)).data, [10])

    def test_unchain(self):
        x, = variables(1)
        f = Double()
        y = f(x)
        f.unchain()
        self.assertIsNone(y.creator)
        self.assertIsNone(f.inputs)
        self.assertEqual(tuple(f.outputs), ())


class TestLabel(unittest.TestCase):

    def test_name_of_the_class(self):
        self.assertEqual(Double().label, 'Double')

    def test_describe(self):
        class Scale(Double):
            label = 'scale by 2'

        self.assertRegex(Double().describe(), r'^Double\. .*set_debug\(True\)')
        self.assertRegex(Scale().describe(), r'^Scale \(scale by 2\)\. ')


# ------------------------------------------------------------------------
# Hooks
# ------------------------------------------------------------------------


class Record(chainer.function.FunctionHook):
    """Hook that writes down when it was called, and with what."""

    def __init__(self, log, name='Record'):
        self.log = log
        self.name = name

    def write(self, method, function, *arrays):
        self.log.append((self.name, method, function.label, *arrays))

    def forward_preprocess(self, function, in_data):
        self.write('before forward', function, in_data)

    def forward_postprocess(self, function, in_data):
        self.write('after forward', function, in_data)

    def backward_preprocess(self, function, in_data, out_grad):
        self.write('before backward', function, in_data, out_grad)

    def backward_postprocess(self, function, in_data, out_grad):
        self.write('after backward', function, in_data, out_grad)


class Logging(Double):
    """Function that writes down when it ran."""

    def __init__(self, log):
        self.log = log

    def forward(self, inputs):
        self.log.append('forward')
        return super().forward(inputs)

    def backward(self, inputs, grad_outputs):
        self.log.append('backward')
        return super().backward(inputs, grad_outputs)


def names(log):
    return [item if isinstance(item, str) else item[:2] for item in log]


class TestHooks(unittest.TestCase):

    def setUp(self):
        self.log = []
        self.addCleanup(self.assertEqual, chainer.get_function_hooks(), {})

    def test_all_functions_in_the_with_statement(self):
        x, = variables(3)
        y = Double()(x)
        with Record(self.log) as hook:
            self.assertIsInstance(hook, Record)
            z = F.relu(y)
            z.backward()
        Double()(x)
        self.assertEqual([item[:3] for item in self.log], [
            ('Record', 'before forward', 'ReLU'),
            ('Record', 'after forward', 'ReLU'),
            ('Record', 'before backward', 'ReLU'),
            ('Record', 'after backward', 'ReLU'),
            ('Record', 'before backward', 'Double'),
            ('Record', 'after backward', 'Double')])

    def test_arguments(self):
        x, = variables(3)
        with Record(self.log):
            y = Double()(x)
            y.grad = np.array([7], 'f')
            y.backward()
        for item in self.log:
            in_data, *out_grad = item[3:]
            self.assertIs(type(in_data), tuple)
            self.assertIs(in_data[0], x.data)
            for grads in out_grad:
                self.assertIs(type(grads), tuple)
                self.assertIs(grads[0], y.grad)

    def test_around_the_computation(self):
        x, = variables(3)
        f = Logging(self.log)
        f.add_hook(Record(self.log, 'local'))
        with Record(self.log, 'global'):
            f(x).backward()
        self.assertEqual(names(self.log), [
            ('global', 'before forward'), ('local', 'before forward'),
            'forward',
            ('global', 'after forward'), ('local', 'after forward'),
            ('global', 'before backward'), ('local', 'before backward'),
            'backward',
            ('global', 'after backward'), ('local', 'after backward')])

    def test_order_is_that_of_entering(self):
        with Record(self.log, 'b'), Record(self.log, 'c'), \
                Record(self.log, 'a'):
            self.assertEqual(list(chainer.get_function_hooks()),
                             ['b', 'c', 'a'])
            Double()(*variables(1))
        self.assertEqual([name for name, method in names(self.log)
                          if method == 'before forward'], ['b', 'c', 'a'])

    def test_one_name_twice(self):
        with Record(self.log) as hook:
            with self.assertRaisesRegex(KeyError, "'Record'"):
                with Record([]):
                    self.fail()
            self.assertEqual(list(chainer.get_function_hooks().values()),
                             [hook])

    def test_exception_inside(self):
        with self.assertRaises(ZeroDivisionError):
            with Record(self.log):
                raise ZeroDivisionError
        self.assertEqual(len(chainer.get_function_hooks()), 0)

    def test_failing_function_inside(self):
        with Record(self.log):
            with self.assertRaises(ValueError):
                MulAdd()(*variables(1))
            Double()(*variables(1))
        self.assertEqual([item[1:3] for item in self.log], [
            ('before forward', 'MulAdd'), ('before forward', 'Double'),
            ('after forward', 'Double')])

    def test_thread_local(self):
        seen = []

        def work():
            seen.append(list(chainer.get_function_hooks()))
            with Record(self.log, 'other'):
                Double()(*variables(1))

        with Record(self.log, 'mine'):
            self.assertIs(chainer.thread_local.function_hooks,
                          chainer.get_function_hooks())
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            self.assertEqual(list(chainer.get_function_hooks()), ['mine'])
        self.assertEqual(seen, [[]])
        self.assertEqual({name for name, _ in names(self.log)}, {'other'})

    def test_default_hook_does_nothing(self):
        with chainer.function.FunctionHook() as hook:
            self.assertEqual(hook.name, 'FunctionHook')
            x, = variables(1)
            Double()(x).backward()
        np.testing.assert_array_equal(x.grad, [2])


class TestLocalHooks(unittest.TestCase):

    def setUp(self):
        self.log = []
        self.f = Double()

    def test_only_this_function(self):
        self.f.add_hook(Record(self.log))
        y = Double()(self.f(*variables(1)))
        y.backward()
        self.assertEqual(len(self.log), 4)

    def test_names(self):
        hook, other = Record(self.log), Record(self.log)
        self.f.add_hook(hook)
        self.f.add_hook(other, 'other')
        self.f.add_hook(Record(self.log, 'a'))
        self.assertEqual(list(self.f.local_function_hooks),
                         ['Record', 'other', 'a'])
        self.assertIs(self.f.local_function_hooks['Record'], hook)
        self.assertIs(self.f.local_function_hooks['other'], other)
        self.assertEqual(Double().local_function_hooks, {})

    def test_name_is_taken(self):
        hook = Record(self.log)
        self.f.add_hook(hook)
        with self.assertRaisesRegex(KeyError, "'Record'.*another name"):
            self.f.add_hook(Record([]))
        self.assertIs(self.f.local_function_hooks['Record'], hook)

    def test_takes_the_place_of_one_of_its_name(self):
        self.f.add_hook(Record(self.log))
        replaced = []
        with Record(replaced):
            self.f(*variables(1))
        self.assertEqual((len(self.log), replaced), (2, []))

    def test_no_hook(self):
        for stranger in print, None, Record:
            with self.assertRaisesRegex(TypeError, 'FunctionHook'):
                self.f.add_hook(stranger)
        self.assertEqual(self.f.local_function_hooks, {})

    def test_delete(self):
        self.f.add_hook(Record(self.log))
        self.f.add_hook(Record(self.log), 'other')
        self.f.delete_hook('Record')
        self.assertEqual(list(self.f.local_function_hooks), ['other'])
        self.f(*variables(1))
        self.assertEqual(len(self.log), 2)

    def test_delete_what_is_not_there(self):
        self.f.add_hook(Record(self.log))
        with self.assertRaisesRegex(KeyError, r"'wrong'.*\['Record'\]"):
            self.f.delete_hook('wrong')


# ------------------------------------------------------------------------
# Debug mode
# ------------------------------------------------------------------------


class Labelled(Returning):

    label = 'label of mine'


class TestDebugMode(unittest.TestCase):

    nan = np.array([1, np.nan], 'f')
    zero = np.zeros(2, 'f')

    def check(self, error, direction):
        message = str(error)
        self.assertIn(f'NaN is detected on {direction} computation of '
                      f'Labelled (label of mine)', message)
        self.assertIn(os.path.basename(__file__), message)
        self.assertIn('the call to be shown', message)

    def test_forward(self):
        with chainer.DebugMode(True):
            with self.assertRaises(RuntimeError) as cm:
                Labelled((self.zero, self.nan))(  # the call to be shown
                    *variables(1))
        self.check(cm.exception, 'forward')

    def test_backward(self):
        x = chainer.Variable(self.zero)
        with chainer.DebugMode(True):
            y = Labelled((self.zero,), (self.nan,))(x)  # the call to be shown
            y.grad = self.zero
            with self.assertRaises(RuntimeError) as cm:
                y.backward()
        self.check(cm.exception, 'backward')
        self.assertIsNone(x.grad)

    def test_the_call_ends_the_stack(self):
        with chainer.DebugMode(True):
            y = Double()(*variables(1))
        self.assertEqual(y.creator.stack[-1].filename, __file__)
        self.assertEqual(y.creator.stack[-1].name,
                         'test_the_call_ends_the_stack')

    def test_off(self):
        x = chainer.Variable(self.zero)
        y = Labelled((self.nan,), (self.nan,))(x)
        self.assertIsNone(y.creator.stack)
        y.grad = self.zero
        y.backward()
        self.assertTrue(np.isnan(x.grad[1]))

    def test_forward_before_debug_mode(self):
        y = Labelled((self.zero,), (self.nan,))(chainer.Variable(self.zero))
        y.grad = self.zero
        with chainer.DebugMode(True):
            with self.assertRaisesRegex(RuntimeError, 'label of mine'):
                y.backward()

    def test_types_without_nan(self):
        x = chainer.Variable(self.zero)
        with chainer.DebugMode(True):
            for dtype in 'i', '?', 'O':
                y = Labelled((self.zero.astype(dtype),), (None,))(x)
                y.grad = self.zero.astype(dtype)
                y.backward()
        self.assertIsNone(x.grad)


# ------------------------------------------------------------------------
# Type checks, in all the ways of chapter 2.5
# ------------------------------------------------------------------------
