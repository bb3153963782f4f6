import unittest

import numpy

import cupy
from cupy import testing


class TestExamplesOfTheManual(unittest.TestCase):
    """The kernels of chapter 4.8 of the documentation."""

    def setUp(self):
        self.x = cupy.arange(10, dtype=numpy.float32).reshape(2, 5)
        self.y = cupy.arange(5, dtype=numpy.float32)
        self.expected = numpy.array(
            [[0, 0, 0, 0, 0], [25, 25, 25, 25, 25]], numpy.float32)

    def test_typed_kernel(self):
        squared_diff = cupy.ElementwiseKernel(
            'float32 x, float32 y', 'float32 z', 'z = (x - y) * (x - y)',
            'squared_diff')
        testing.assert_array_equal(
            squared_diff(self.x, self.y), self.expected)
        by_scalar = squared_diff(self.x, 5)
        self.assertEqual(by_scalar.dtype, numpy.float32)
        testing.assert_array_equal(
            by_scalar, [[25, 16, 9, 4, 1], [0, 1, 4, 9, 16]])

    def test_output_argument(self):
        squared_diff = cupy.ElementwiseKernel(
            'float32 x, float32 y', 'float32 z', 'z = (x - y) * (x - y)',
            'squared_diff')
        z = cupy.empty((2, 5), dtype=numpy.float32)
        self.assertIs(squared_diff(self.x, self.y, z), z)
        testing.assert_array_equal(z, self.expected)

    def test_type_generic_kernel(self):
        squared_diff_generic = cupy.ElementwiseKernel(
            'T x, T y', 'T z',
            '''
            T diff = x - y;
            z = diff * diff;
            ''',
            'squared_diff_generic')
        for dtype in 'bhilefd':
            z = squared_diff_generic(
                self.x.astype(dtype), self.y.astype(dtype))
            self.assertEqual(z.dtype, numpy.dtype(dtype))
            testing.assert_array_equal(z, self.expected)

    def test_generic_over_several_types(self):
        squared_diff_super_generic = cupy.ElementwiseKernel(
            'X x, Y y', 'Z z', 'z = (x - y) * (x - y)',
            'squared_diff_super_generic')
        z = cupy.empty((2, 5), dtype=numpy.float64)
        squared_diff_super_generic(self.x, self.y.astype(numpy.int16), z)
        testing.assert_array_equal(z, self.expected)
        with self.assertRaisesRegex(TypeError, 'nothing tells what Z is'):
            squared_diff_super_generic(self.x, self.y)

    def test_raw_argument(self):
        add_reverse = cupy.ElementwiseKernel(
            'T x, raw T y', 'T z', 'z = x + y[_ind.size() - i - 1]',
            'add_reverse')
        z = add_reverse(self.y, self.y * 10)
        testing.assert_array_equal(z, [40, 31, 22, 13, 4])


class TestElementwiseKernel(unittest.TestCase):

    def test_attributes(self):
        kernel = cupy.ElementwiseKernel(
            'T x, raw int32 y', 'T z, T w', 'z = x; w = x', 'attributes')
        self.assertEqual((kernel.nin, kernel.nout, kernel.nargs), (2, 2, 4))
        self.assertEqual([p.name for p in kernel.params],
                         ['x', 'y', 'z', 'w'])
        self.assertEqual([p.raw for p in kernel.params],
                         [False, True, False, False])
        self.assertEqual(kernel.name, 'attributes')

    def test_several_outputs(self):
        kernel = cupy.ElementwiseKernel(
            'T x', 'T y, bool z', 'y = -x; z = x > 1', 'two_outputs')
        y, z = kernel(cupy.array([1, 2, 3]))
        testing.assert_array_equal(y, [-1, -2, -3])
        testing.assert_array_equal(z, [False, True, True])

    def test_layouts(self):
        kernel = cupy.ElementwiseKernel(
            'T x, T y', 'T z', 'z = x * 100 + y', 'layouts')
        rng = numpy.random.RandomState(0)
        a = rng.randint(0, 100, (4, 6, 8)).astype(numpy.int32)
        b = cupy.array(a)
        for left, right in [
                (lambda a: a, lambda a: a),
                (lambda a: a[::2], lambda a: a[1::2]),
                (lambda a: a[:, ::-1], lambda a: a[..., ::-1]),
                (lambda a: a.transpose(2, 0, 1), lambda a: a[0, 0, :6]),
                (lambda a: a.T, lambda a: a.T.copy()),
                (lambda a: a[:, :1], lambda a: a[:1, :, :1]),
                (lambda a: a[0, 0, 0], lambda a: a),
                (lambda a: a[:0], lambda a: a[:0]),
                (lambda a: a[..., 3], lambda a: a[..., 0]),
                (lambda a: a.T.copy().T, lambda a: a),
                (lambda a: a[:1, :1, :1], lambda a: a[:1, :1, :1])]:
            expected = left(a) * 100 + right(a)
            with self.subTest(shape=left(a).shape, strides=left(a).strides):
                z = kernel(left(b), right(b))
                testing.assert_array_equal(z, expected)
                self.assertTrue(z.flags.c_contiguous)

    def test_index_of_the_loop(self):
        kernel = cupy.ElementwiseKernel('T x', 'int64 y', 'y = i', 'index_i')
        x = cupy.zeros((3, 4, 5), numpy.int8)
        numbers = numpy.arange(60).reshape(3, 4, 5)
        testing.assert_array_equal(kernel(x), numbers)
        # The index counts in C order, whatever the memory looks like.
        testing.assert_array_equal(
            kernel(x.T), numpy.arange(60).reshape(5, 4, 3))

    def test_index_of_each_axis(self):
        kernel = cupy.ElementwiseKernel(
            'T x', 'int64 y', 'y = 10 * _ind.get()[0] + _ind.get()[1]',
            'index_axes', reduce_dims=False)
        expected = 10 * numpy.arange(3)[:, None] + numpy.arange(4)
        testing.assert_array_equal(
            kernel(cupy.zeros((3, 4), numpy.int8)), expected)
        testing.assert_array_equal(
            kernel(cupy.zeros((4, 3), numpy.int8).T), expected)

    def test_raw_arrays(self):
        kernel = cupy.ElementwiseKernel(
            'raw T x, raw int32 index', 'raw T y',
            'y[i] = x[index[i]]; y[n_out() - 1 - i] = x[index[i]]',
            'gather_twice', preamble='''
            __device__ int n_out() { return 6; }''')
        x = cupy.array([10, 11, 12, 13], dtype='f')[::-1]
        index = cupy.array([0, 3, 1], dtype='i')
        y = cupy.zeros(6, 'f')
        kernel(x, index, y, size=3)
        testing.assert_array_equal(y, [13, 10, 12, 12, 10, 13])

    def test_raw_array_of_several_axes(self):
        kernel = cupy.ElementwiseKernel(
            'raw T x', 'T y', '''
            ptrdiff_t at[] = {i % 3, 2 - i / 3};
            y = x[at] * 10 + x.shape()[1] + x.size() * 100''',
            'raw_axes')
        a = numpy.arange(9, dtype=numpy.int32).reshape(3, 3)
        for view in (lambda a: a, lambda a: a.T, lambda a: a[::-1]):
            at = numpy.array([view(a)[i % 3, 2 - i // 3] for i in range(6)])
            y = cupy.empty(6, numpy.int32)
            kernel(view(cupy.array(a)), y)
            testing.assert_array_equal(y, at * 10 + 3 + 900)

    def test_scalars(self):
        kernel = cupy.ElementwiseKernel(
            'T x, T a, float32 b, int8 c, bool d', 'T y',
            'y = d ? x * a + b - c : T(0)', 'scalars')
        x = cupy.array([1, 2], dtype='d')
        testing.assert_array_equal(kernel(x, 3, 0.5, -1, True), [4.5, 7.5])
        testing.assert_array_equal(
            kernel(x, numpy.float32(3), numpy.int64(2), 1, False), [0, 0])
        with self.assertRaises((OverflowError, DeprecationWarning)):
            kernel(x, 3, 0.5, 300, True)

    def test_raw_arrays_and_scalars(self):
        kernel = cupy.ElementwiseKernel(
            'raw T x, int32 step', 'raw T y', 'y[i] = x[i * step]', 'strided')
        x, y = cupy.arange(6, dtype='f'), cupy.zeros(3, 'f')
        kernel(x, 2, y, size=3)
        testing.assert_array_equal(y, [0, 2, 4])
        with self.assertRaisesRegex(ValueError, 'size= is needed'):
            kernel(x, 2, y)
        with self.assertRaisesRegex(ValueError, 'size= is only for'):
            kernel(x, cupy.array([2], 'i'), y, size=3)

    def test_scalars_only(self):
        kernel = cupy.ElementwiseKernel('T x', 'T y', 'y = x + 1', 'add_one')
        y = kernel(2)
        self.assertEqual((y.shape, y.dtype, int(y)), ((), numpy.int64, 3))
        y = kernel(numpy.float16(2))
        self.assertEqual((y.shape, y.dtype), ((), numpy.float16))

    def test_preamble_and_code_around_the_loop(self):
        total = cupy.zeros((), dtype=numpy.int64)
        kernel = cupy.ElementwiseKernel(
            'int64 x, raw int64 total', '',
            'sum += twice(x)', 'with_loop_prep',
            preamble='__device__ long long twice(long long x) '
                     '{ return 2 * x; }',
            loop_prep='long long sum = 0',
            after_loop='atomicAdd((unsigned long long*)&total[0], '
                       '(unsigned long long)sum)')
        kernel(cupy.arange(100000), total)
        self.assertEqual(int(total), 100000 * 99999)

    def test_options(self):
        kernel = cupy.ElementwiseKernel(
            'T x', 'T y', 'y = x + OFFSET', 'with_option',
            options=('-DOFFSET=40',))
        testing.assert_array_equal(kernel(cupy.array([2])), [42])

    def test_in_place(self):
        kernel = cupy.ElementwiseKernel(
            'T x', 'T y', 'y = x * 2; y += x', 'in_place')
        x = cupy.array([1., 2.])
        kernel(x, x)
        testing.assert_array_equal(x, [3, 6])

    def test_statement_that_goes_on(self):
        kernel = cupy.ElementwiseKernel(
            'T x', 'T y', 'if (x < 3) { y = 0; continue; } y = x',
            'continues')
        testing.assert_array_equal(
            kernel(cupy.arange(6).reshape(2, 3).T), [[0, 3], [0, 4], [0, 5]])

    def test_beyond_two_gigabytes(self):
        kernel = cupy.ElementwiseKernel(
            'int8 x', 'int8 y', 'y = x + (i & 1)', 'big')
        x = cupy.zeros(2 ** 31 + 5, numpy.int8)
        kernel(x, x)
        testing.assert_array_equal(x[-3:], [0, 1, 0])
        testing.assert_array_equal(x[2 ** 31 - 2:2 ** 31 + 2], [0, 1, 0, 1])

    def test_float16_of_every_value(self):
        bits = numpy.arange(2 ** 16, dtype=numpy.uint16)
        x = bits.view(numpy.float16)
        kernel = cupy.ElementwiseKernel(
            'float16 x', 'float32 y, float16 z', 'y = x; z = (float)x',
            'all_halves')
        y, z = kernel(cupy.array(x))
        testing.assert_array_equal(y, x.astype(numpy.float32))
        numbers = ~numpy.isnan(x)
        numpy.testing.assert_array_equal(
            z.get().view(numpy.uint16)[numbers], bits[numbers])

    def test_float16_rounding(self):
        rng = numpy.random.RandomState(0)
        x = rng.randint(0, 2 ** 32, 100000, numpy.uint32).view(numpy.float32)
        x = x[numpy.isfinite(x)]
        y = cupy.ElementwiseKernel(
            'float32 x', 'float16 y', 'y = x', 'to_half')(cupy.array(x))
        with numpy.errstate(over='ignore'):
            numpy.testing.assert_array_equal(y.get(), x.astype('e'))


class TestRefusals(unittest.TestCase):

    def setUp(self):
        self.kernel = cupy.ElementwiseKernel(
            'T x, float32 y, raw T z', 'T w', 'w = x + y', 'refusing')
        self.x = cupy.ones(3, 'f')

    def test_number_of_arguments(self):
        with self.assertRaisesRegex(TypeError, 'takes 3 arguments, or 4'):
            self.kernel(self.x, self.x)

    def test_keyword(self):
        with self.assertRaisesRegex(TypeError, "'stream'"):
            self.kernel(self.x, self.x, self.x, stream=None)

    def test_numpy_array(self):
        with self.assertRaisesRegex(
                TypeError, 'argument y.*memory of the host.*cupy.asarray'):
            self.kernel(self.x, numpy.ones(3, 'f'), self.x)

    def test_other_object(self):
        with self.assertRaisesRegex(TypeError, 'builtins.list'):
            self.kernel([1, 2, 3], self.x, self.x)

    def test_type_that_differs_from_the_declaration(self):
        with self.assertRaisesRegex(
                TypeError, r'y is float64, expected float32 \(declared\)'):
            self.kernel(self.x, self.x.astype('d'), self.x)

    def test_placeholder_with_two_types(self):
        with self.assertRaisesRegex(
                TypeError, r'z is int32, expected float32 \(as x has it\)'):
            self.kernel(self.x, self.x, self.x.astype('i'))

    def test_shapes(self):
        with self.assertRaisesRegex(ValueError, 'could not be broadcast'):
            self.kernel(self.x, cupy.ones(4, 'f'), self.x)
        # An output may be wider than the inputs.
        w = self.kernel(self.x, self.x, self.x, cupy.ones((2, 3), 'f'))
        testing.assert_array_equal(w, [[2, 2, 2]] * 2)

    def test_output_is_not_broadcast(self):
        with self.assertRaisesRegex(ValueError, 'broadcast to'):
            self.kernel(self.x, self.x, self.x, cupy.ones(1, 'f'))

    def test_scalar_for_an_array(self):
        with self.assertRaisesRegex(TypeError, 'z is a raw argument'):
            self.kernel(self.x, self.x, 1)
        with self.assertRaisesRegex(TypeError, 'w is an output'):
            self.kernel(self.x, self.x, self.x, 1)

    def test_size(self):
        all_raw = cupy.ElementwiseKernel(
            'raw T x', 'raw T y', 'y[i] = x[i]', 'all_raw')
        with self.assertRaisesRegex(ValueError, 'size= is needed'):
            all_raw(self.x, self.x)
        with self.assertRaisesRegex(ValueError, 'size= is only for'):
            self.kernel(self.x, self.x, self.x, size=3)
        with self.assertRaisesRegex(ValueError, 'y is raw.*give it'):
            all_raw(self.x, size=3)

    def test_names_of_parameters(self):
        for name in ('i', 'n', '_x'):
            with self.assertRaisesRegex(ValueError, 'reserved'):
                cupy.ElementwiseKernel(f'T {name}', 'T y', 'y = 0')
        with self.assertRaisesRegex(ValueError, 'one name'):
            cupy.ElementwiseKernel('T x', 'T x', 'x = 0')
        with self.assertRaisesRegex(ValueError, 'is no parameter'):
            cupy.ElementwiseKernel('T', 'T y', 'y = 0')
        with self.assertRaisesRegex(TypeError, "'float42' is no type"):
            cupy.ElementwiseKernel('float42 x', 'T y', 'y = 0')
        with self.assertRaisesRegex(ValueError, 'identifier of C'):
            cupy.ElementwiseKernel('T x', 'T y', 'y = 0', 'a-b')

    def test_syntax_error_shows_the_source(self):
        broken = cupy.ElementwiseKernel('T x', 'T y', 'y = x +', 'broken')
        with self.assertRaises(cupy.cuda.compiler.CompileException) as caught:
            broken(self.x)
        self.assertIn('y = x +', str(caught.exception))
        self.assertIn('CUPY_FOR', str(caught.exception))

    @testing.multi_gpu(2)
    def test_array_of_another_device(self):
        with cupy.cuda.Device(1):
            other = cupy.ones(3, 'f')
        with self.assertRaisesRegex(
                ValueError, 'y is on device 1, but the current device is 0'):
            self.kernel(self.x, other, self.x)

