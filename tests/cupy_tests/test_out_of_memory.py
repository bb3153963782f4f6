"""Devices that are too small, and memory that must not become more."""
import os
import subprocess
import sys
import textwrap
import unittest

MEGABYTE = 1 << 20


def run(code, **environ):
    """Runs a script with other environment variables; returns its output."""
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **environ)
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(code)], env=environ,
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.splitlines()


class TestOutOfMemory(unittest.TestCase):

    # A device of 8 MB, of which there are 7 in use where a test begins.
    header = '''
    import cupy
    from cupy import cuda
    from cupy import cudnn

    MB = 1 << 20
    pool = cuda.memory.get_allocator().__self__
    x = cupy.zeros((2 * MB - 10000) // 4, 'f')
    y = cupy.zeros((2 * MB - 10000) // 4, 'f')
    z = cupy.zeros((3 * MB - 50000) // 4, 'f')

    def check(name, function):
        cuda.memory.alloc(1000)  # some memory that is kept
        before = pool.used_bytes()
        try:
            function()
        except cuda.memory.OutOfMemoryError as error:
            assert isinstance(error, MemoryError)
            assert isinstance(error, cuda.runtime.CUDARuntimeError)
            print(error)
        else:
            assert False, name
        assert pool.used_bytes() == before, (before, pool.used_bytes())
        # Life goes on.
        assert int((cupy.arange(100) + 1).sum()) == 5050
        assert pool.used_bytes() == before
        pool.free_all_blocks()
        free, total = cuda.runtime.memGetInfo()
        assert total - free == before

    '''

    def check(self, code, wanted):
        out = run(textwrap.dedent(self.header) + textwrap.dedent(code),
                  CUPY_HOST_MEMORY=str(8 * MEGABYTE))
        self.assertRegex('\n'.join(out), (
            fr'\AcudaErrorMemoryAllocation \(2\): out of memory, in '
            fr'cudaMalloc: {wanted} bytes wanted on device 0, [678]\d{{6}} in '
            fr'use, of {8 * MEGABYTE} \(CUPY_HOST_MEMORY\); [678]\d{{6}} '
            fr'bytes of this pool are in use, \d+ more were kept and have been '
            fr'freed\Z'))

    def test_first_of_an_expression(self):
        self.check('''
        check('sum', lambda: (x + y) * 2 - x)
        ''', '2087424')

    def test_middle_of_an_expression(self):
        # x + 1 fits, with 1 / 2 MB left for what comes.
        self.check('''
        del y
        z = z[:MB // 4].copy()
        check('product', lambda: (x + 1) * 2 + x * 3 + x * 4)
        ''', '2087424')

    def test_reduction(self):
        # Its result does not fit.
        self.check('''
        check('sum', lambda: cupy.broadcast_to(x, (2, x.size)).sum(axis=0))
        ''', '2087424')

    def test_product(self):
        # There is room for a copy of one operand, but not for both.
        self.check('''
        a = x[:300000].reshape(600, 500)[:, ::2]
        b = y[:300000].reshape(600, 500)[:, ::2]
        check('dot', lambda: cupy.dot(a.T, b))
        ''', '600064')

    def test_workspace(self):
        self.check('''
        a = x[:8 * 8 * 84 * 84].reshape(8, 8, 84, 84)
        w = cupy.ones((8, 8, 3, 3), 'f')
        b = y[:8 * 8 * 84 * 84].reshape(8, 8, 84, 84)
        a_desc = cudnn.create_tensor_descriptor(a)
        b_desc = cudnn.create_tensor_descriptor(b)
        w_desc = cudnn.create_filter_descriptor(w)
        desc = cudnn.create_convolution_descriptor((1, 1), (1, 1), 'f')

        def convolve():
            handle = cudnn.get_handle()
            size = cuda.cudnn.getConvolutionForwardWorkspaceSize(
                handle, a_desc.value, w_desc.value, desc.value, b_desc.value,
                1)
            return cuda.alloc(size)

        check('convolution', convolve)
        ''', r'\d{7}')

    def test_copy_from_the_host(self):
        self.check('''
        import numpy
        check('array', lambda: cupy.array(numpy.zeros(300000)))
        ''', '2400256')


class TestGrowth(unittest.TestCase):

    def test_mixed_operations(self):
        run('''
        import gc
        import os
        import sys

        import numpy

        import cupy
        from cupy import cuda
        from cupy import cudnn

        pool = cuda.memory.get_allocator().__self__
        kernel = cupy.ElementwiseKernel(
            'T x, int32 k', 'T y', 'y = x * k', 'scale')
        source = """
        extern "C" __global__ void reverse(float* x) {
          __shared__ float s[8];
          s[threadIdx.x] = x[threadIdx.x];
          __syncthreads();
          x[7 - threadIdx.x] = s[threadIdx.x];
        }
        """
        reverse = cuda.compile_with_cache(source).get_function('reverse')

        def work(i):
            x = cupy.array(numpy.full((4, 1 + i % 50, 8), i, 'f'))
            y = kernel(x, i) + x[:, ::-1] * i
            y[0, 0, ::2] = x[1, 0, :4]
            z = y.reshape(4, -1)
            z = cupy.concatenate((z.dot(z.T), z[:, :4])).transpose()
            assert z.sum().get() >= 0 and int(z.argmax()) >= 0
            y[y > i].get(), x.astype('d').mean(axis=(0, 2)), x.tolist()
            cupy.random.rand(i % 50)
            reverse((1,), (8,), (x.data,))
            cuda.Stream().record().synchronize()
            with cuda.Device(i % 2):
                x.copy()
            cudnn.create_tensor_descriptor(x[None])
            try:
                x + y[:, :, :5]
            except ValueError:
                pass
            try:
                cuda.memory.alloc(1 << 60)
            except MemoryError:
                pass

        def usage():
            gc.collect()
            with open('/proc/self/statm') as file:
                pages = int(file.read().split()[1])
            return numpy.array([
                pool.used_bytes(), cuda.runtime.memGetInfo()[0],
                len(os.listdir('/proc/self/fd')), sys.getallocatedblocks(),
                pages * os.sysconf('SC_PAGESIZE')])

        for i in range(300):
            work(i)
        before = usage()
        for i in range(500):
            work(i)
        grown = usage() - before
        assert not any(grown[:3]), grown
        # Not one object of Python in two rounds, and 4 kB in each.
        assert grown[3] < 250 and grown[4] < 2 << 20, grown
        ''')
