"""Forked children of a process that has used the device on many threads."""
import contextlib
import multiprocessing
import os
import select
import signal
import threading
import traceback
import unittest
import warnings

import numpy

import cupy
from chainer import iterators
from cupy import cuda, cudnn
from cupy.cuda import cudnn as libcudnn

SECONDS = 60  # after which a child counts as hanging

# Large enough for two threads, and integral: the order of sums is no matter.
X = numpy.random.RandomState(0).randint(-3, 4, (4, 8, 40, 40)).astype('f')
W = numpy.random.RandomState(1).randint(-3, 4, (8, 8, 3, 3)).astype('f')


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
    one, zero = cudnn.scalar(1, x.dtype), cudnn.scalar(0, x.dtype)
    given = handle, x_desc.value, w_desc.value, desc.value, y_desc.value
    for algo in 0, 1:
        size = libcudnn.getConvolutionForwardWorkspaceSize(*given, algo)
        workspace = cuda.alloc(size)
        libcudnn.convolutionForward(
            handle, one.data, x_desc.value, x.data.ptr, w_desc.value,
            w.data.ptr, desc.value, algo, workspace.ptr, size, zero.data,
            y_desc.value, y.data.ptr)
    return y


def compute(number=0):
    """Returns results of all parts of the library."""
    with cuda.Device(number % 4):
        x, w = cupy.array(X), cupy.array(W)
        m = x.reshape(320, 160)
        generator = cupy.random.RandomState(3)
        results = [
            cupy.maximum(x, 0) * 2 + 1, x.sum(), x.sum(axis=(0, 2, 3)),
            x.argmax(axis=1), m.dot(m.T), m[::2].T.dot(m[1::2]),
            convolve(x, w), x[::-1, ::2].copy(), x.transpose(1, 3, 2, 0) + 0,
            generator.random_sample(50000), cupy.random.rand(10) < 1,
            transpose(m)]
        return [result.get() for result in results]


def transpose(m):
    """Has the threads of a block wait for each other."""
    source = '''
    extern "C" __global__ void transpose(const float* x, float* y,
                                              int n) {
      __shared__ float tile[8][8];
      int i = blockIdx.y * 8, j = blockIdx.x * 8;
      tile[threadIdx.y][threadIdx.x] =
          x[(j + threadIdx.y) * n + i + threadIdx.x];
      __syncthreads();
      y[(i + threadIdx.y) * n + j + threadIdx.x] =
          tile[threadIdx.x][threadIdx.y];
    }
    '''
    x = m[:160].copy()
    y = cupy.empty_like(x)
    kernel = cuda.compile_with_cache(source).get_function('transpose')
    kernel((20, 20), (8, 8), (x.data, y.data, 160))
    return y


def run_in_threads(work, count=4):
    """Calls work(number) in several threads; raises their first error."""
    errors = []

    def guarded(number):
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(number,))
               for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@contextlib.contextmanager
def no_warning():
    # Newer versions of Python warn of forks in programs with threads.
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)
        yield


def in_child(function):
    """Calls a function in a forked child. Its errors are raised here."""
    reader, writer = os.pipe()
    with no_warning():
        pid = os.fork()
    if pid == 0:
        message = b'nothing'
        try:
            function()
            message = b'good'
        except BaseException:
            message = traceback.format_exc().encode()
        finally:
            os.write(writer, message)
            os._exit(0)
    os.close(writer)
    with open(reader, 'rb') as file:
        if not select.select([file], [], [], SECONDS)[0]:
            os.kill(pid, signal.SIGKILL)
        message = file.read()
    status = os.waitpid(pid, 0)[1]
    if message != b'good' or status:
        raise AssertionError(
            f'the child ended with status {status}: '
            f'{message.decode() or "it was hanging, or crashed"}')


class ForkTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.expected = compute()
        m = X.reshape(320, 160)
        numpy.testing.assert_array_equal(cls.expected[4], m.dot(m.T))
        numpy.testing.assert_array_equal(cls.expected[-1], m[:160].T)

    def check(self, number=0):
        for result, expected in zip(compute(number), self.expected):
            numpy.testing.assert_array_equal(result, expected)


class TestInChild(unittest.TestCase):

    def test_error(self):
        def fail():
            self.assertEqual(1, 2)

        with self.assertRaisesRegex(AssertionError, '1 != 2'):
            in_child(fail)

    def test_crash(self):
        with self.assertRaisesRegex(AssertionError, 'status 9: .* crashed'):
            in_child(lambda: os.kill(os.getpid(), signal.SIGKILL))


class TestFork(ForkTest):

    def test_from_the_main_thread(self):
        run_in_threads(self.check)
        self.check()
        for _ in range(3):
            in_child(self.check)
            self.check()
        run_in_threads(self.check)

    def test_from_a_thread(self):
        def work(number):
            self.check(number)
            in_child(lambda: self.check(number))
            self.check(number)

        run_in_threads(work)

    def test_threads_of_the_child(self):
        self.check()
        in_child(lambda: run_in_threads(self.check))
        self.check()

    def test_child_of_the_child(self):
        self.check()

        def work():
            self.check(1)
            in_child(lambda: self.check(2))
            self.check(3)

        in_child(work)
        self.check()

    def test_arrays_of_the_parent(self):
        # What the parent or the child writes, the other one does not see.
        x = cupy.arange(100000)
        x += 1

        def work():
            nonlocal x
            self.assertEqual(int(x.sum()), 100000 * 100001 // 2)
            x += 1
            self.assertEqual(int(x[-1]), 100001)
            x = None

        in_child(work)
        self.assertEqual(int(x[-1]), 100000)

    def test_new_kernel(self):
        # The compiler is a child of the child.
        def work():
            kernel = cupy.ElementwiseKernel(
                'T x', 'T y', f'y = x + {os.getpid()}', 'of_the_child')
            self.assertEqual(int(kernel(cupy.array(1))), 1 + os.getpid())

        in_child(work)

    def check_locks(self, work, forks):
        # Threads are in the middle of the same work, and of all locks in it.
        work()
        stop = False

        def run(number):
            nonlocal stop
            if number:
                while not stop:
                    work()
                return
            try:
                for _ in range(forks):
                    in_child(work)
            finally:
                stop = True

        run_in_threads(run)

    def test_while_threads_compute(self):
        self.check_locks(self.check, 10)

    def test_while_threads_draw_numbers(self):
        self.check_locks(lambda: cupy.random.rand(30000), 20)

    def test_while_threads_prepare_convolutions(self):
        x = cupy.ones((2, 8, 20, 20), 'f')
        w = cupy.ones((8, 8, 3, 3), 'f')
        x_desc = cudnn.create_tensor_descriptor(x)
        y_desc = cudnn.create_tensor_descriptor(convolve(x, w))
        w_desc = cudnn.create_filter_descriptor(w)
        desc = cudnn.create_convolution_descriptor((0, 0), (1, 1), 'f')

        def work():
            handle = cudnn.get_handle()
            for _ in range(100):
                libcudnn.getConvolutionForwardWorkspaceSize(
                    handle, x_desc.value, w_desc.value, desc.value,
                    y_desc.value, 1)

        self.check_locks(work, 40)

    def test_while_threads_wait_for_each_other(self):
        m = cupy.array(X).reshape(320, 160)

        def work():
            for _ in range(5):
                transpose(m)

        self.check_locks(work, 20)

    def test_while_threads_allocate(self):
        def work():
            for _ in range(50):
                cuda.memory.Memory(1000)
                cuda.Stream().record()

        self.check_locks(work, 20)


def send_results(pipe):
    pipe.send(compute())


class Dataset:

    """Examples that are computed on the device, from an array there."""

    def __init__(self):
        self.x = cupy.array(X)

    def __len__(self):
        return 8

    def __getitem__(self, i):
        x = self.x * i
        m = x.reshape(320, 160)
        y = convolve(x, cupy.array(W))
        return i, x[0], m.T.dot(m).get(), y.sum(axis=(0, 2, 3))


class TestMultiprocessing(ForkTest):

    def test_process(self):
        run_in_threads(self.check)
        context = multiprocessing.get_context('fork')
        ours, theirs = context.Pipe()
        process = context.Process(target=send_results, args=(theirs,))
        with no_warning():
            process.start()
        self.addCleanup(process.join)
        self.addCleanup(process.kill)
        self.assertTrue(ours.poll(SECONDS), 'the child is hanging')
        for result, expected in zip(ours.recv(), self.expected):
            numpy.testing.assert_array_equal(result, expected)
        process.join(SECONDS)
        self.assertEqual(process.exitcode, 0)
        self.check()

    def test_iterator(self):
        run_in_threads(self.check)
        dataset = Dataset()
        expected = [dataset[i] for i in range(8)]
        iterator = iterators.MultiprocessIterator(
            dataset, 3, shuffle=False, n_processes=2)
        self.addCleanup(iterator.finalize)
        alarm = threading.Timer(SECONDS, kill_children)
        alarm.start()
        try:
            batches = [iterator.next() for _ in range(8)]
        finally:
            alarm.cancel()
        examples = sum(batches, [])
        self.assertEqual([example[0] for example in examples],
                         list(range(8)) * 3)
        for example in examples:
            for result, array in zip(example[1:], expected[example[0]][1:]):
                self.assertIs(type(result), type(array))
                numpy.testing.assert_array_equal(
                    cupy.asnumpy(result), cupy.asnumpy(array))
        self.check()


def kill_children():
    for process in multiprocessing.active_children():
        process.kill()
