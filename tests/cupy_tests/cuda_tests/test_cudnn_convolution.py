import collections
import os
import subprocess
import sys
import threading
import unittest

import numpy

import cupy
from cupy import cudnn
from cupy.cuda import cudnn as libcudnn

ALGOS = 0, 1  # plain and blocked layouts, in all three passes
FACTORS = (1, 0), (2, 0), (1, 1), (-.5, .25), (0, 2), (0, 0)
TOLERANCE = {'e': 2e-3, 'f': 2e-5, 'd': 1e-13}
NO_WORKSPACE = libcudnn.CUDNN_CONVOLUTION_FWD_NO_WORKSPACE
FASTEST = libcudnn.CUDNN_CONVOLUTION_FWD_PREFER_FASTEST
LIMITED = libcudnn.CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT
PASSES = 'forward', 'data', 'filter'

Case = collections.namedtuple(
    'Case', 'images channels filters size taps stride pad dilation groups')
CASES = [
    Case(2, 3, 4, (5, 7), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    Case(1, 1, 1, (1, 1), (1, 1), (1, 1), (0, 0), (1, 1), 1),
    Case(3, 16, 8, (9, 6), (3, 2), (1, 1), (0, 1), (1, 1), 1),
    Case(2, 5, 7, (11, 8), (5, 3), (2, 3), (2, 0), (1, 1), 1),
    Case(2, 4, 6, (9, 10), (3, 2), (1, 2), (2, 1), (2, 3), 1),
    Case(2, 6, 9, (7, 5), (3, 3), (1, 1), (1, 1), (1, 1), 3),
    Case(2, 8, 8, (6, 6), (3, 3), (2, 1), (1, 1), (1, 1), 8),
    Case(1, 16, 32, (4, 5), (1, 1), (2, 2), (0, 0), (1, 1), 2),
    # Padding larger than the filter: some outputs see none of the input.
    Case(1, 2, 3, (3, 2), (2, 2), (1, 1), (3, 2), (1, 1), 1),
    Case(2, 3, 4, (4, 5, 3), (2, 3, 2), (1, 2, 1), (1, 0, 1), (1, 1, 1), 1),
    Case(1, 4, 4, (5, 5, 5), (3, 1, 2), (2, 1, 1), (1, 0, 2), (2, 1, 2), 2),
]
WIDE = Case(2, 16, 32, (8, 8), (3, 3), (1, 1), (1, 1), (1, 1), 1)
NARROW_IN = Case(2, 1, 16, (8, 8), (5, 5), (1, 1), (0, 0), (1, 1), 1)
FOUR_IN = NARROW_IN._replace(channels=4)
NARROW_OUT = Case(2, 16, 18, (8, 8), (5, 5), (1, 1), (0, 0), (1, 1), 1)
GROUPED = Case(2, 6, 6, (8, 8), (3, 3), (1, 1), (0, 0), (1, 1), 3)
POINTS = Case(2, 16, 32, (8, 8), (1, 1), (1, 1), (0, 0), (1, 1), 1)


def shapes(case):
    """Returns the shapes of the input, of the filters, of the output."""
    out = tuple(
        (size + 2 * pad - (taps - 1) * dilation - 1) // stride + 1
        for size, taps, stride, pad, dilation in zip(
            case.size, case.taps, case.stride, case.pad, case.dilation))
    return ((case.images, case.channels) + case.size,
            (case.filters, case.channels // case.groups) + case.taps,
            (case.images, case.filters) + out)


# What is expected, in double precision: a sum over the taps of the filters.

def padded(case, x):
    return numpy.pad(x, ((0, 0), (0, 0)) + tuple(
        (pad, pad) for pad in case.pad))


def for_taps(case):
    """Yields a group's filters, a tap, and where the padded input meets it."""
    out = shapes(case)[2][2:]
    for group in range(case.groups):
        width = case.channels // case.groups
        inputs = slice(group * width, (group + 1) * width)
        width = case.filters // case.groups
        outputs = slice(group * width, (group + 1) * width)
        for tap in numpy.ndindex(case.taps):
            place = tuple(
                slice(t * dilation, t * dilation + (n - 1) * stride + 1,
                      stride)
                for t, n, stride, dilation in zip(
                    tap, out, case.stride, case.dilation))
            yield outputs, (Ellipsis,) + tap, (slice(None), inputs) + place


def forward(case, x, w):
    x = padded(case, x)
    y = numpy.zeros(shapes(case)[2])
    for outputs, tap, place in for_taps(case):
        y[:, outputs] += numpy.einsum(
            'nc...,kc->nk...', x[place], w[outputs][tap])
    return y


def backward_data(case, w, gy):
    gx = padded(case, numpy.zeros(shapes(case)[0]))
    for outputs, tap, place in for_taps(case):
        gx[place] += numpy.einsum(
            'nk...,kc->nc...', gy[:, outputs], w[outputs][tap])
    return gx[(Ellipsis,) + tuple(
        slice(pad, pad + size) for pad, size in zip(case.pad, case.size))]


def backward_filter(case, x, gy):
    x = padded(case, x)
    gw = numpy.zeros(shapes(case)[1])
    for outputs, tap, place in for_taps(case):
        size = gy.shape[0], -1, numpy.prod(gy.shape[2:])
        gw[outputs][tap] += numpy.einsum(
            'nks,ncs->kc', gy[:, outputs].reshape(size),
            x[place].reshape(size))
    return gw


def turned(w):
    return w[(Ellipsis,) + (slice(None, None, -1),) * (w.ndim - 2)]


def random(shape, dtype, seed):
    return numpy.random.RandomState(seed).uniform(
        -1, 1, shape).astype(dtype)


class Pass:
    """One of the three computations, its arrays on the device."""

    def __init__(self, name, case, dtype,
                 mode=libcudnn.CUDNN_CROSS_CORRELATION, strided=False):
        x, w, y = (random(shape, dtype, seed)
                   for seed, shape in enumerate(shapes(case)))
        turns = mode == libcudnn.CUDNN_CONVOLUTION
        exact = [a.astype('d') for a in (x, turned(w) if turns else w, y)]
        self.w = cupy.array(w)
        self.x, self.y = (
            spread(a) if strided else cupy.array(a) for a in (x, y))
        self.dtype = dtype
        self.handle = cudnn.get_handle()
        self.xd = cudnn.create_tensor_descriptor(self.x)
        self.yd = cudnn.create_tensor_descriptor(self.y)
        self.wd = cudnn.create_filter_descriptor(self.w)
        self.conv = cudnn.create_convolution_descriptor(
            case.pad, case.stride, dtype, mode, case.dilation, case.groups)
        getattr(self, name)(case, *exact)
        if name == 'filter' and turns:
            self.expected = turned(self.expected)

    def forward(self, case, x, w, y):
        self.expected = forward(case, x, w)
        self.operands = ('xd', 'x'), ('wd', 'w')
        self.target = 'yd', 'y'
        self.order = 'xd', 'wd', 'conv', 'yd'
        self.suffix = 'Forward'

    def data(self, case, x, w, y):
        self.expected = backward_data(case, w, y)
        self.operands = ('wd', 'w'), ('yd', 'y')
        self.target = 'xd', 'x'
        self.order = 'wd', 'yd', 'conv', 'xd'
        self.suffix = 'BackwardData'

    def filter(self, case, x, w, y):
        self.expected = backward_filter(case, x, y)
        self.operands = ('xd', 'x'), ('yd', 'y')
        self.target = 'wd', 'w'
        self.order = 'xd', 'yd', 'conv', 'wd'
        self.suffix = 'BackwardFilter'

    @property
    def result(self):
        return getattr(self, self.target[1])

    def describe(self):
        return [getattr(self, name).value for name in self.order]

    def choose(self, preference=FASTEST, limit=0):
        function = getattr(libcudnn, f'getConvolution{self.suffix}Algorithm')
        return function(self.handle, *self.describe(), preference, limit)

    def workspace_size(self, algo):
        function = getattr(
            libcudnn, f'getConvolution{self.suffix}WorkspaceSize')
        return function(self.handle, *self.describe(), algo)

    def run(self, algo, alpha=1, beta=0, workspace=None):
        if workspace is None:
            workspace = cupy.empty(self.workspace_size(algo), 'b')
        alpha = cudnn.scalar(alpha, self.dtype)
        beta = cudnn.scalar(beta, self.dtype)
        (first, second), target = [
            [(getattr(self, desc).value, getattr(self, array).data.ptr)
             for desc, array in names]
            for names in (self.operands, [self.target])]
        getattr(libcudnn, f'convolution{self.suffix}')(
            self.handle, alpha.data, *first, *second, self.conv.value, algo,
            workspace.data.ptr, workspace.size, beta.data, *target[0])
        return self.result.get()


def spread(a):
    """Puts an array between elements that do not belong to it."""
    big = numpy.full(a.shape[:-1] + (2 * a.shape[-1] + 1,), 7, a.dtype)
    big[..., 1::2] = a
    return cupy.array(big)[..., 1::2]


class TestConvolution(unittest.TestCase):

    def check(self, case, actual, expected, dtype):
        terms = numpy.prod(case.taps) * max(case.channels, case.images)
        numpy.testing.assert_allclose(
            actual, expected, rtol=TOLERANCE[dtype],
            atol=TOLERANCE[dtype] * terms ** .5)

    def check_passes(self, case, dtype, **options):
        for name in PASSES:
            for algo in ALGOS:
                with self.subTest(name=name, case=case, dtype=dtype,
                                  algo=algo):
                    p = Pass(name, case, dtype, **options)
                    self.check(case, p.run(algo), p.expected, dtype)

    def test_passes(self):
        for case in CASES:
            for dtype in 'efd':
                self.check_passes(case, dtype)

    def test_turned_filters(self):
        for case in CASES[2], CASES[4], CASES[9]:
            for dtype in 'fd':
                self.check_passes(case, dtype,
                                  mode=libcudnn.CUDNN_CONVOLUTION)

    def test_strided_tensors(self):
        for case in CASES[3], CASES[10]:
            for dtype in 'efd':
                self.check_passes(case, dtype, strided=True)

    def test_gaps_between_elements_are_left_alone(self):
        p = Pass('forward', CASES[0], 'f', strided=True)
        whole = p.y.base
        p.run(1, .5, 1)
        numpy.testing.assert_array_equal(whole.get()[..., ::2], 7)

    def test_channels_last(self):
        case = CASES[3]
        p = Pass('forward', case, 'f')
        p.x, p.w = (
            cupy.array(numpy.ascontiguousarray(a.get().transpose(0, 2, 3, 1)))
            for a in (p.x, p.w))
        nhwc, kind = libcudnn.CUDNN_TENSOR_NHWC, libcudnn.CUDNN_DATA_FLOAT
        x_shape, w_shape, _ = shapes(case)
        libcudnn.setTensor4dDescriptor(p.xd.value, nhwc, kind, *x_shape)
        libcudnn.setFilter4dDescriptor(p.wd.value, kind, nhwc, *w_shape)
        for algo in ALGOS:
            self.check(case, p.run(algo), p.expected, 'f')

    def test_factors(self):
        for name in PASSES:
            for dtype in 'efd':
                for alpha, beta in FACTORS:
                    for algo in ALGOS:
                        self.check_factors(name, dtype, algo, alpha, beta)

    def check_factors(self, name, dtype, algo, alpha, beta):
        p = Pass(name, CASES[3], dtype)
        expected = alpha * p.expected
        if beta:
            expected += beta * p.result.get()
        else:
            nans = numpy.full(p.result.shape, numpy.nan, dtype)
            setattr(p, p.target[1], cupy.array(nans))
        with self.subTest(name=name, dtype=dtype, algo=algo, alpha=alpha,
                          beta=beta):
            self.check(CASES[3], p.run(algo, alpha, beta), expected, dtype)

    def test_half_may_compute_in_single(self):
        case = CASES[0]
        p = Pass('forward', case, 'e')
        p.conv = cudnn.create_convolution_descriptor(
            case.pad, case.stride, 'f')
        self.check(case, p.run(0), p.expected, 'e')

    def test_more_shapes_than_are_kept(self):
        # The cache of plans holds 256; the first ones come again.
        for width in list(range(1, 270)) + [1, 2, 3]:
            case = Case(1, 1, 1, (1, width), (1, 1), (1, 1), (0, 0), (1, 1),
                        1)
            p = Pass('forward', case, 'f')
            self.check(case, p.run(0), p.expected, 'f')

    def test_results_are_the_same_each_time(self):
        case = Case(8, 32, 32, (14, 14), (3, 3), (1, 1), (1, 1), (1, 1), 1)
        for name in PASSES:
            for algo in ALGOS:
                first, second, third = (
                    Pass(name, case, 'f').run(algo) for _ in range(3))
                numpy.testing.assert_array_equal(first, second)
                numpy.testing.assert_array_equal(first, third)

    def test_threads(self):
        cases = CASES[:8]
        expected = {(case, name): Pass(name, case, 'f').run(1)
                    for case in cases for name in PASSES}
        failures = []

        def work(seed):
            order = numpy.random.RandomState(seed).permutation(len(cases))
            try:
                for i in list(order) * 3:
                    for name in PASSES:
                        numpy.testing.assert_array_equal(
                            expected[cases[i], name],
                            Pass(name, cases[i], 'f').run(1))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(seed,))
                   for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)


class TestAlgorithms(unittest.TestCase):

    def test_the_fastest(self):
        for case, algos in [(WIDE, (1, 1, 1)), (POINTS, (0, 0, 0)),
                            (NARROW_IN, (1, 0, 1)), (NARROW_OUT, (1, 0, 0)),
                            (FOUR_IN, (1, 0, 1)), (GROUPED, (1, 1, 1))]:
            for name, algo in zip(PASSES, algos):
                with self.subTest(case=case, name=name):
                    self.assertEqual(algo, Pass(name, case, 'f').choose())

    def test_limit_of_the_workspace(self):
        for name in PASSES:
            p = Pass(name, WIDE, 'f')
            size = p.workspace_size(1)
            self.assertGreater(size, 0)
            self.assertEqual(0, p.workspace_size(0))
            self.assertEqual(1, p.choose(LIMITED, size))
            self.assertEqual(0, p.choose(LIMITED, size - 1))
            self.assertEqual(0, p.choose(NO_WORKSPACE))

    def test_choice(self):
        ok, bad = (libcudnn.CUDNN_STATUS_SUCCESS,
                   libcudnn.CUDNN_STATUS_NOT_SUPPORTED)
        candidates = [(5, bad, 0, 1), (4, ok, 300, 0), (3, ok, 200, 1),
                      (2, ok, 100, 0), (1, ok, 50, 1), (0, ok, 10, 0)]
        for limit, deterministic, expected in [
                (300, False, 4), (299, False, 3), (199, False, 2),
                (300, True, 3), (199, True, 1), (50, True, 1), (10, False, 0)]:
            self.assertEqual(expected, libcudnn.choose_algorithm(
                candidates, limit, deterministic))
        with self.assertRaisesRegex(
                libcudnn.CuDNNError, 'no deterministic algorithm for this '
                'convolution does with 49 bytes of workspace'):
            libcudnn.choose_algorithm(candidates, 49, True)
        with self.assertRaisesRegex(libcudnn.CuDNNError, 'no algorithm'):
            libcudnn.choose_algorithm(candidates, 9, False)

    def test_environment_asks_for_deterministic_ones(self):
        for value, expected in [('1', '3'), ('0', '4')]:
            done = subprocess.run(
                [sys.executable, '-c',
                 'from cupy.cuda import cudnn\n'
                 'print(cudnn.choose_algorithm([(4, 0, 0, 0), (3, 0, 0, 1)], '
                 '0))'],
                env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path),
                         CUPY_CUDNN_DETERMINISTIC=value),
                stdout=subprocess.PIPE, text=True, check=True)
            self.assertEqual(done.stdout.strip(), expected)

    def test_unknown_preference(self):
        with self.assertRaisesRegex(ValueError, 'preference 3'):
            Pass('forward', WIDE, 'f').choose(3)

    def test_the_workspace_may_start_anywhere(self):
        p = Pass('forward', WIDE, 'f')
        whole = cupy.empty(p.workspace_size(1) + 1, 'b')
        numpy.testing.assert_allclose(
            p.run(1, workspace=whole[1:]), p.expected, rtol=1e-4, atol=1e-4)

    def test_nothing_is_written_beyond_the_workspace(self):
        for name in PASSES:
            p = Pass(name, WIDE, 'f')
            size = p.workspace_size(1)
            whole = cupy.array(numpy.full(size + 4096, 7, 'b'))
            p.run(1, workspace=whole[:size])
            numpy.testing.assert_array_equal(whole.get()[size:], 7)


class TestConvolutionErrors(unittest.TestCase):

    case = CASES[0]

    def fails(self, status, words, function, *args, **kwargs):
        with self.assertRaises(libcudnn.CuDNNError) as context:
            function(*args, **kwargs)
        self.assertEqual(status, context.exception.status)
        self.assertIn(words, str(context.exception))

    def fails_as_bad(self, words, function, *args, **kwargs):
        self.fails(libcudnn.CUDNN_STATUS_BAD_PARAM, words, function, *args,
                   **kwargs)

    def test_output_size(self):
        for case in CASES:
            p = Pass('forward', case, 'f')
            self.assertEqual(
                shapes(case)[2], libcudnn.getConvolutionNdForwardOutputDim(
                    p.conv.value, p.xd.value, p.wd.value,
                    2 + len(case.size)))

    def test_wrong_output(self):
        p = Pass('forward', self.case, 'f')
        p.yd = cudnn.create_tensor_descriptor(cupy.empty((2, 4, 5, 6), 'f'))
        words = '(2, 4, 5, 6) where (2, 4, 5, 7)'
        self.fails_as_bad(words, p.workspace_size, 0)
        self.fails_as_bad(words, p.choose)
        self.fails_as_bad(words, p.run, 0, workspace=cupy.empty(1, 'b'))

    def test_wrong_channels(self):
        p = Pass('forward', self.case, 'f')
        libcudnn.setConvolutionGroupCount(p.conv.value, 2)
        self.fails_as_bad('2 group(s)', p.choose)

    def test_wrong_number_of_dimensions(self):
        p = Pass('forward', self.case, 'f')
        p.conv = cudnn.create_convolution_descriptor(
            (1, 1, 1), (1, 1, 1), 'f')
        self.fails_as_bad('of 3 spatial dimensions, not 2', p.choose)

    def test_window_larger_than_the_input(self):
        p = Pass('forward', self.case, 'f')
        p.conv = cudnn.create_convolution_descriptor(
            (0, 0), (1, 1), 'f', dilation=(1, 4))
        self.fails_as_bad(
            'a window of 9', libcudnn.getConvolutionNdForwardOutputDim,
            p.conv.value, p.xd.value, p.wd.value, 4)

    def test_mixed_types(self):
        p = Pass('forward', self.case, 'f')
        p.wd = cudnn.create_filter_descriptor(
            cupy.empty(shapes(self.case)[1], 'd'))
        self.fails_as_bad('the filter', p.choose)

    def test_type_of_the_arithmetic(self):
        p = Pass('forward', self.case, 'f')
        p.conv = cudnn.create_convolution_descriptor((1, 1), (1, 1), 'd')
        self.fails(libcudnn.CUDNN_STATUS_NOT_SUPPORTED, 'type 1', p.choose)

    def test_unknown_algorithm(self):
        p = Pass('filter', self.case, 'f')
        self.fails(
            libcudnn.CUDNN_STATUS_NOT_SUPPORTED, 'algorithm 6', p.run,
            libcudnn.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT_TILING,
            workspace=cupy.empty(1, 'b'))

    def test_too_small_workspace(self):
        p = Pass('data', WIDE, 'f')
        size = p.workspace_size(1)
        self.fails_as_bad(f'{size} bytes', p.run, 1,
                          workspace=cupy.empty(size - 1, 'b'))

    def test_descriptors_of_other_kinds(self):
        p = Pass('forward', self.case, 'f')
        p.order = 'wd', 'xd', 'conv', 'yd'
        self.fails_as_bad('xDesc', p.choose)

    def test_null_pointers(self):
        p = Pass('forward', self.case, 'f')
        one = cudnn.scalar(1, 'f')
        for missing in range(5):
            args = [one.data, p.x.data.ptr, p.w.data.ptr, one.data,
                    p.y.data.ptr]
            args[missing] = 0
            alpha, x, w, beta, y = args
            self.fails_as_bad(
                'is a null pointer', libcudnn.convolutionForward, p.handle,
                alpha, p.xd.value, x, p.wd.value, w, p.conv.value, 0, 0, 0,
                beta, p.yd.value, y)


class TestBackwardBias(unittest.TestCase):

    def backward(self, gy, gb, dtype, alpha=1, beta=0):
        gy_desc, gb_desc = map(cudnn.create_tensor_descriptor, (gy, gb))
        alpha, beta = cudnn.scalar(alpha, dtype), cudnn.scalar(beta, dtype)
        libcudnn.convolutionBackwardBias(
            cudnn.get_handle(), alpha.data, gy_desc.value, gy.data.ptr,
            beta.data, gb_desc.value, gb.data.ptr)

    def check(self, shape, dtype, alpha=1, beta=0):
        gy = random(shape, dtype, 0)
        gb = random((1, shape[1]) + (1,) * (len(shape) - 2), dtype, 1)
        expected = alpha * gy.astype('d').sum(
            axis=(0,) + tuple(range(2, gy.ndim)), keepdims=True)
        if beta:
            expected += beta * gb
        else:
            gb[...] = numpy.nan
        gb = cupy.array(gb)
        self.backward(cupy.array(gy), gb, dtype, alpha, beta)
        numpy.testing.assert_allclose(
            gb.get(), expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])

    def test_shapes(self):
        for shape in (1, 1, 1, 1), (3, 5, 7, 6), (2, 33, 31, 5), (
                2, 3, 4, 5, 6):
            for dtype in 'efd':
                self.check(shape, dtype)

    def test_factors(self):
        for dtype in 'efd':
            for alpha, beta in FACTORS:
                self.check((2, 3, 4, 5), dtype, alpha, beta)

    def test_many_elements_cost_no_digits(self):
        gy = cupy.array(numpy.full((1, 1, 1500, 2000), .1, 'f'))
        gb = cupy.empty((1, 1, 1, 1), 'f')
        self.backward(gy, gb, 'f')
        numpy.testing.assert_allclose(gb.get(), 3e5, rtol=1e-6)

    def test_wrong_bias(self):
        with self.assertRaisesRegex(
                libcudnn.CuDNNError, r'dbDesc.*\(1, 4, 1, 1\).*\(1, 3, 1, 1'):
            self.backward(cupy.empty((2, 3, 4, 4), 'f'),
                          cupy.empty((1, 4, 1, 1), 'f'), 'f')
