"""Eight threads at once, on four devices."""
import os
import tempfile
import threading
import unittest
from unittest import mock

import numpy

import cupy
from cupy import cuda, cudnn
from cupy.cuda import compiler
from cupy.cuda import cudnn as libcudnn

COUNT = 8
# More elements than the host device works on with one thread.
LARGE = 40000


def run(work, count=COUNT):
    """Calls work(number) in several threads, each on a device of its own.

    The first exception of a thread is raised here.
    """
    barrier = threading.Barrier(count)
    errors = []

    def guarded(number):
        try:
            cuda.Device(number % 4).use()
            barrier.wait()
            work(number)
        except BaseException as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=guarded, args=(number,))
               for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def convolve(x, w):
    """Correlates images with filters, without padding."""
    n, _, height, width = x.shape
    k, _, kh, kw = w.shape
    y = cupy.empty((n, k, height - kh + 1, width - kw + 1), x.dtype)
    handle = cudnn.get_handle()
    x_desc = cudnn.create_tensor_descriptor(x)
    y_desc = cudnn.create_tensor_descriptor(y)
    w_desc = cudnn.create_filter_descriptor(w)
    desc = cudnn.create_convolution_descriptor((0, 0), (1, 1), x.dtype)
    given = handle, x_desc.value, w_desc.value, desc.value, y_desc.value
    algo = libcudnn.getConvolutionForwardAlgorithm(
        *given, libcudnn.CUDNN_CONVOLUTION_FWD_PREFER_FASTEST, 0)
    size = libcudnn.getConvolutionForwardWorkspaceSize(*given, algo)
    workspace = cuda.alloc(size)
    one, zero = cudnn.scalar(1, x.dtype), cudnn.scalar(0, x.dtype)
    libcudnn.convolutionForward(
        handle, one.data, x_desc.value, x.data.ptr, w_desc.value, w.data.ptr,
        desc.value, algo, workspace.ptr, size, zero.data, y_desc.value,
        y.data.ptr)
    return y


def used_bytes():
    pool = cuda.memory.get_allocator().__self__
    used = []
    for device in range(4):
        with cuda.Device(device):
            used.append(pool.used_bytes())
    return used


class TestRun(unittest.TestCase):

    def test_errors_come_out(self):
        def work(number):
            self.assertNotEqual(number, 5)

        with self.assertRaisesRegex(AssertionError, '5 == 5'):
            run(work)


class TestThreads(unittest.TestCase):

    def setUp(self):
        self.before = used_bytes()

    def tearDown(self):
        self.assertEqual(used_bytes(), self.before)

    def test_small(self):
        def work(number):
            for i in range(200):
                x = numpy.arange(number * i, number * i + 60, dtype='f')
                a = cupy.array(x)
                self.assertEqual(a.device.id, number % 4)
                b = a * 2 + number
                b += a
                numpy.testing.assert_array_equal(b.get(), x * 3 + number)
                self.assertEqual(int(b.argmax()), 59)
                self.assertEqual(
                    float(b[::2].sum()), (x[::2] * 3 + number).sum())
                m = a.reshape(6, 10)
                numpy.testing.assert_array_equal(
                    m.sum(axis=0).get(), x.reshape(6, 10).sum(axis=0))
                numpy.testing.assert_array_equal(
                    cupy.concatenate((m, m[:, ::-1]))[-1].get(), x[:-11:-1])

        run(work)

    def test_large(self):
        # Work that is cut, on arrays that all threads of a device read.
        x = numpy.random.RandomState(0).uniform(-1, 1, LARGE)
        shared = []
        for device in range(4):
            with cuda.Device(device):
                shared.append(cupy.array(x))
        result = numpy.exp(x) * x + 1
        total = x.sum()
        columns = x.reshape(200, 200).sum(axis=0)
        product = x.reshape(200, 200).dot(x.reshape(200, 200).T)

        def work(number):
            a = shared[number % 4]
            m = a.reshape(200, 200)
            for _i in range(30):
                numpy.testing.assert_allclose(
                    (cupy.exp(a) * a + 1).get(), result, rtol=1e-14)
                numpy.testing.assert_allclose(
                    a.sum().get(), total, rtol=1e-12)
                numpy.testing.assert_allclose(
                    m.sum(axis=0).get(), columns, rtol=1e-12)
                numpy.testing.assert_allclose(
                    m.dot(m.T).get(), product, rtol=1e-10, atol=1e-12)

        run(work)
        del shared[:]

    def test_convolution(self):
        # Those of one shape share what oneDNN has prepared.
        random = numpy.random.RandomState(0)
        x = random.randint(-4, 5, (4, 8, 12, 12)).astype('f')
        w = random.randint(-4, 5, (8, 8, 3, 3)).astype('f')
        y = sum(numpy.einsum('nchw,kc->nkhw', x[:, :, i:i + 10, j:j + 10],
                             w[:, :, i, j])
                for i in range(3) for j in range(3))

        def work(number):
            a, b = cupy.array(x), cupy.array(w)
            for i in range(60):
                n = 1 + (number + i) % 4
                numpy.testing.assert_array_equal(
                    convolve(a[:n], b).get(), y[:n])

        run(work)

    def test_from_device_to_device(self):
        inbox = [None] * COUNT
        barrier = threading.Barrier(COUNT)

        def work(number):
            try:
                for i in range(100):
                    inbox[(number + 1) % COUNT] = cupy.full(
                        100 + i, number * i, 'i')
                    barrier.wait(60)
                    a = inbox[number].copy()
                    self.assertEqual(a.device.id, number % 4)
                    sender = (number - 1) % COUNT
                    self.assertEqual(
                        (a + 1).get().tolist(), [sender * i + 1] * (100 + i))
                    # A thread of another device drops the last reference.
                    inbox[number] = None
                    barrier.wait(60)
            except BaseException:
                barrier.abort()
                raise

        run(work)

    def test_random_numbers(self):
        # Threads that draw from one generator share its numbers out.
        generator = cupy.random.RandomState(7)
        drawn = [[] for _ in range(COUNT)]

        def work(number):
            for _ in range(25):
                drawn[number].append(generator.random_sample(LARGE // 40))

        def on_device_0(number):
            with cuda.Device(0):
                work(number)

        run(on_device_0)
        result = cupy.concatenate(sum(drawn, [])).get()
        expected = cupy.random.RandomState(7).random_sample(25 * LARGE // 5)
        numpy.testing.assert_array_equal(
            numpy.sort(result), numpy.sort(expected.get()))

    def test_generators_of_devices(self):
        # Of all threads of a device the first one makes its generator.
        states = [None] * COUNT

        def work(number):
            states[number] = cupy.random.get_random_state()
            cupy.random.rand(10)

        cupy.random.reset_states()
        self.addCleanup(cupy.random.reset_states)
        run(work)
        self.assertEqual(states[:4], states[4:])
        self.assertEqual(len(set(states)), 4)

    def test_streams_and_events(self):
        def work(number):
            for _ in range(200):
                stream = cuda.Stream()
                start = cuda.Event()
                start.record(stream)
                a = cupy.zeros(10)
                a += number
                end = stream.record()
                stream.synchronize()
                self.assertGreaterEqual(
                    cuda.get_elapsed_time(start, end), 0)
                self.assertEqual(float(a[3]), number)

        run(work)

    def test_error_texts(self):
        # Each thread is told about its own failure.
        def work(number):
            for i in range(200):
                size = 1000003 * (1 << 40) + 1000 * i + number
                with self.assertRaisesRegex(
                        cuda.memory.OutOfMemoryError,
                        f'{size} bytes wanted on device {number % 4},'):
                    cuda.memory.Memory(size)

        run(work)


class TestCompile(unittest.TestCase):

    def setUp(self):
        # An empty cache, lest the kernels of the last run be found.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = mock.patch.dict(os.environ, CUPY_CACHE_DIR=folder.name)
        patch.start()
        self.addCleanup(patch.stop)

    def test_compile(self):
        # A text of its own for each thread, and one for all.
        source = '''
        extern "C" __global__ void add(int* x, int n) {
          int i = blockIdx.x * blockDim.x + threadIdx.x;
          if (i < n) x[i] += OFFSET;
        }
        '''
        before = compiler.compilations()

        def work(number):
            for offset in 1000, number:
                module = cuda.compile_with_cache(
                    source, (f'-DOFFSET={offset}',))
                kernel = module.get_function('add')
                for n in range(1, 200):
                    x = cupy.array(numpy.arange(n, dtype='i'))
                    kernel.linear_launch(n, (x.data, n))
                    self.assertEqual(
                        x.get().tolist(), list(range(offset, offset + n)))

        run(work)
        compiled = compiler.compilations() - before
        # Threads that come while a text is compiled may do the same.
        self.assertGreaterEqual(compiled, COUNT + 1)
        self.assertLessEqual(compiled, 2 * COUNT)

    def test_kernels_of_arrays(self):
        # One kernel, which all threads specialise for types of their own.
        kernel = cupy.ElementwiseKernel(
            'T x', 'T y', 'y = x * 3 + 1', 'triple_in_threads')
        total = cupy.ReductionKernel(
            'T x', 'T y', 'x * x', 'a + b', 'y = a', '0',
            'squares_in_threads')

        def work(number):
            dtype = 'if'[number // 4]
            for n in range(1, 100):
                x = cupy.arange(n, dtype=dtype)
                self.assertEqual(
                    kernel(x).get().tolist(), list(range(1, 3 * n, 3)))
                self.assertEqual(
                    int(total(x)), n * (n - 1) * (2 * n - 1) // 6)

        run(work)
