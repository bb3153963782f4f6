import unittest

import numpy

import cupy
from cupy import testing

# Makes the host device run the threads of blocks, hence the loops for GPUs.
BLOCKS = '__device__ void wait_for_all() { __syncthreads(); }'


def integers(*shape):
    rng = numpy.random.RandomState(0)
    return rng.randint(-50, 50, shape).astype('d')


class TestReductionKernel(unittest.TestCase):

    def setUp(self):
        self.x = integers(6, 7)
        self.y = cupy.array(self.x)
        self.sum = cupy.ReductionKernel(
            'T x', 'T y', 'x', 'a + b', 'y = a', '0', 'kernel_sum')

    def test_example_of_the_manual(self):
        l2norm_kernel = cupy.ReductionKernel(
            'T x',  # input params
            'T y',  # output params
            'x * x',  # map
            'a + b',  # reduce
            'y = sqrt(a)',  # post-reduction map
            '0',  # identity value
            'l2norm'  # kernel name
        )
        x = cupy.arange(10, dtype='f').reshape(2, 5)
        y = l2norm_kernel(x, axis=1)
        self.assertEqual(y.dtype, numpy.float32)
        testing.assert_allclose(y, [5.47722578, 15.96871948], rtol=1e-6)

    def test_types(self):
        self.assertEqual(self.sum(self.y.astype('h')).dtype, numpy.int16)
        mean = cupy.ReductionKernel(
            'T x', 'float32 y', 'x', 'a + b',
            'y = a / _type_reduce(_in_ind.size() / _out_ind.size())', '0',
            'kernel_mean', reduce_type='double')
        testing.assert_array_equal(
            mean(self.y, axis=1), self.x.mean(1).astype('f'))
        to_other = cupy.ReductionKernel(
            'T x', 'U y', 'x', 'a + b', 'y = a', '0', 'to_other')
        with self.assertRaisesRegex(TypeError, 'nothing tells what U is'):
            to_other(self.y)
        out = cupy.empty(7, 'i')
        self.assertIs(to_other(self.y, out, axis=0), out)
        testing.assert_array_equal(out, self.x.sum(0))
        with self.assertRaisesRegex(TypeError, 'float64.*expected float32'):
            mean(self.y, out=cupy.empty(()))

    def test_inputs_are_broadcast(self):
        dot = cupy.ReductionKernel(
            'T x, T y, T scale', 'T z', 'x * y * scale', 'a + b', 'z = a',
            '0', 'kernel_dot')
        u, v = integers(4, 1, 6), integers(5, 1)
        for axis in (None, 0, 1, 2, (0, 2), (1, 2)):
            for keepdims in (False, True):
                testing.assert_array_equal(
                    dot(cupy.array(u), cupy.array(v), 3, axis=axis,
                        keepdims=keepdims),
                    (u * v * 3).sum(axis, keepdims=keepdims))
        with self.assertRaisesRegex(ValueError, 'could not be broadcast'):
            dot(cupy.empty(3), cupy.empty(4), 1)
        with self.assertRaisesRegex(TypeError, 'at least one input'):
            dot(1., 2., 3.)

    def test_several_outputs(self):
        moments = cupy.ReductionKernel(
            'T x', 'T first, float64 second', 'two(x, x * x)',
            'two(a.x + b.x, a.y + b.y)', 'first = a.x; second = a.y',
            'two(0, 0)', 'moments', reduce_type='two', preamble='''
struct two {
  double x, y;
  __device__ two(double x, double y) : x(x), y(y) {}
};
''')
        for axis in (0, 1):
            first, second = moments(self.y, axis=axis)
            testing.assert_array_equal(first, self.x.sum(axis))
            testing.assert_array_equal(second, (self.x ** 2).sum(axis))
        outs = cupy.empty(7), cupy.empty(7)
        results = moments(self.y, *outs, axis=0)
        self.assertIs(results[0], outs[0])
        testing.assert_array_equal(outs[1], (self.x ** 2).sum(0))
        with self.assertRaisesRegex(ValueError, 'the only output'):
            moments(self.y, out=outs[0])
        with self.assertRaisesRegex(TypeError, '1 arguments, or 3'):
            moments(self.y, outs[0])

    def test_indices(self):
        x = self.x
        for expression, expected in (
                ('_i', numpy.broadcast_to(numpy.arange(7), (6, 7))),
                ('_J', numpy.broadcast_to(numpy.arange(6)[:, None], (6, 7))),
                ('_j', numpy.arange(42).reshape(6, 7))):
            total = cupy.ReductionKernel(
                'T x', 'T y', f'x * {expression}', 'a + b', 'y = a', '0',
                'indexed')
            product = x * expected
            for y in (self.y, cupy.array(x.T).T,
                      cupy.array(x[::-1])[::-1]):
                testing.assert_array_equal(total(y, axis=0), product.sum(0))
        three = cupy.array(integers(2, 3, 4))
        place = cupy.ReductionKernel(
            'T x', 'int64 y', '_J', 'max(a, b)', 'y = 100 * _i + a', '-1',
            'place')
        testing.assert_array_equal(
            place(three, axis=1), [[2, 102, 202, 302], [402, 502, 602, 702]])
        testing.assert_array_equal(place(three, axis=(0, 1)),
                                   [5, 105, 205, 305])

    def test_raw_arguments(self):
        # The mean of elements chosen by an index.
        chosen = cupy.ReductionKernel(
            'raw T x, int32 index', 'T y', 'x[index * _out_ind.size() + _i]',
            'a + b', 'y = a', '0', 'chosen')
        rows = numpy.array([[0], [5], [0]], 'i')
        index = cupy.broadcast_to(cupy.array(rows), (3, 7))
        expected = self.x[rows[:, 0]].sum(0)
        testing.assert_array_equal(
            chosen(self.y, index, axis=0), expected)
        testing.assert_array_equal(
            chosen(cupy.array(self.x.T).T, index, axis=0), expected)
        with self.assertRaisesRegex(ValueError, 'the first ones'):
            chosen(self.y, index, axis=1)
        counted = cupy.ReductionKernel(
            'T x', 'T y, raw T all', 'x', 'a + b', 'y = a; all[_i] += 1',
            '0', 'counted')
        everything = cupy.zeros(7)
        counted(self.y, cupy.empty(7), everything, axis=0)
        testing.assert_array_equal(everything, 1)
        with self.assertRaisesRegex(ValueError, 'all is raw'):
            counted(self.y, axis=0)

    def test_no_identity(self):
        greatest = cupy.ReductionKernel(
            'T x', 'T y', 'x', 'max(a, b)', 'y = a', None, 'greatest')
        testing.assert_array_equal(greatest(self.y, axis=1), self.x.max(1))
        self.assertEqual(greatest(cupy.empty((3, 0)), axis=0).shape, (0,))
        with self.assertRaisesRegex(ValueError, 'greatest which has no iden'):
            greatest(cupy.empty((3, 0)), axis=1)
        testing.assert_array_equal(
            self.sum(cupy.empty((3, 0)), axis=1), [0, 0, 0])

    def test_axes_are_kept_apart(self):
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'x', 'a + b', 'y = a', '0', 'apart',
            reduce_dims=False)
        x = integers(2, 3, 4)
        for axis in (None, (0, 2), (1,)):
            testing.assert_array_equal(
                kernel(cupy.array(x), axis=axis), x.sum(axis))

    def test_output(self):
        out = cupy.empty((6, 1))
        self.assertIs(
            self.sum(self.y, out=out, axis=1, keepdims=True), out)
        testing.assert_array_equal(out, self.x.sum(1, keepdims=True))
        self.assertIs(self.sum(self.y, out, axis=1, keepdims=True), out)
        with self.assertRaisesRegex(ValueError, r'expected \(6,\)'):
            self.sum(self.y, out=out, axis=1)
        with self.assertRaisesRegex(ValueError, 'not together'):
            self.sum(self.y, out, out=out, axis=1)

    def test_wrong_arguments(self):
        with self.assertRaisesRegex(TypeError, r"\['axes'\]"):
            self.sum(self.y, axes=1)
        with self.assertRaisesRegex(TypeError, 'got 0'):
            self.sum()
        with self.assertRaisesRegex(TypeError, 'cupy.asarray'):
            self.sum(self.x)
        with self.assertRaises(numpy.exceptions.AxisError):
            self.sum(self.y, axis=2)

    def test_wrong_definitions(self):
        def define(ins='T x', outs='T y', name='k'):
            return cupy.ReductionKernel(
                ins, outs, 'x', 'a + b', 'y = a', '0', name)
        for arguments, error, message in (
                ({'ins': 'T _x'}, ValueError, 'reserved'),
                ({'ins': 'T y'}, ValueError, 'have one name'),
                ({'ins': 'raw T x'}, ValueError, 'not raw'),
                ({'outs': ''}, ValueError, 'an output'),
                ({'ins': 'complex x'}, TypeError, 'is no type'),
                ({'name': 'a b'}, ValueError, 'identifier')):
            with self.assertRaisesRegex(error, message):
                define(**arguments)

    def test_syntax_error(self):
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'x +', 'a + b', 'y = a', '0', 'broken')
        with self.assertRaisesRegex(
                cupy.cuda.compiler.CompileException, r'x \+'):
            kernel(self.y)


class TestBlocks(unittest.TestCase):
    """The loops for GPUs, whose threads are run one by one."""

    shapes = (((), None), ((1,), 0), ((5, 3), 0), ((3, 5), 1), ((3, 700), 1),
              ((700, 3), 0), ((700, 40), 0), ((4, 5, 6, 7), (0, 2)),
              ((2000,), None), ((0, 3), 0), ((3, 4), ()))

    def test_sums(self):
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'x * 2', 'a + b', 'y = a + _i', '0', 'block_sum',
            preamble=BLOCKS)
        for shape, axis in self.shapes:
            x = integers(*shape)
            expected = numpy.asarray(2 * x.sum(axis))
            expected += numpy.arange(expected.size).reshape(expected.shape)
            testing.assert_array_equal(
                kernel(cupy.array(x), axis=axis), expected,
                f'{shape} {axis}')

    def test_index_of_a_thread(self):
        # The preamble waits for nobody, but the reduction in blocks does.
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'x + of_no_thread()', 'a + b', 'y = a', '0',
            'with_index', preamble='''
__device__ int of_no_thread() { return threadIdx.x / blockDim.x; }''')
        for shape, axis in self.shapes:
            x = integers(*shape)
            testing.assert_array_equal(
                kernel(cupy.array(x), axis=axis), x.sum(axis))

    def test_no_identity(self):
        kernel = cupy.ReductionKernel(
            'T x', 'T y', 'x', 'min(a, b)', 'y = a', None, 'block_min',
            preamble=BLOCKS)
        for shape, axis in self.shapes:
            x = integers(*shape)
            if x.size:
                testing.assert_array_equal(
                    kernel(cupy.array(x), axis=axis), x.min(axis))

    def test_places(self):
        argmax = cupy.core.create_reduction_func(
            'block_argmax', ('d->l',),
            ('in0', 'cupy_greatest', 'out0 = a.index', None), None, BLOCKS)
        for shape, axis in (((3, 700), 1), ((700, 3), 0), ((6, 7), None)):
            x = integers(*shape)
            testing.assert_array_equal(
                argmax(cupy.array(x), axis), x.argmax(axis))
            x.ravel()[[3, 5]] = numpy.nan
            testing.assert_array_equal(
                argmax(cupy.array(x), axis), x.argmax(axis))
