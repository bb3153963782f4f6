"""Several processes at once, and how a process ends."""
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest


def start(code, **environ):
    """Starts a script with other environment variables."""
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **environ)
    return subprocess.Popen(
        [sys.executable, '-c', textwrap.dedent(code)], env=environ, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class ProgramTest(unittest.TestCase):

    def finish(self, process):
        """Waits for a script; returns its output."""
        try:
            output, errors = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        self.assertEqual((process.returncode, errors), (0, ''))
        return output.split()

    def run_program(self, code, **environ):
        return self.finish(start(code, **environ))


class TestCache(ProgramTest):

    code = '''
    import cupy
    from cupy.cuda import compiler

    print('ready', flush=True)
    input()
    x = cupy.arange(10)
    kernel = cupy.ElementwiseKernel('T x', 'T y', 'y = x * x', 'square')
    assert kernel(x).get().tolist() == [n * n for n in range(10)]
    assert int(x.sum()) == 45
    print(compiler.compilations())
    '''

    def test_one_cache_for_several_processes(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = os.path.join(folder, 'new', 'cache')
            processes = [start(self.code, CUPY_CACHE_DIR=folder)
                         for _ in range(3)]
            # They go on together as soon as all of them are ready.
            for process in processes:
                self.assertEqual(process.stdout.readline(), 'ready\n')
            for process in processes:
                process.stdin.write('\n')
                process.stdin.flush()
            counts = [int(*self.finish(process)) for process in processes]
            files = os.listdir(folder)
            self.assertEqual({file[-4:] for file in files}, {'.bin'})
            self.assertEqual(max(counts), len(files))
            # One that comes later has nothing left to compile.
            later = start(self.code, CUPY_CACHE_DIR=folder)
            later.stdin.write('\n')
            self.assertEqual(self.finish(later), ['ready', '0'])
            self.assertEqual(sorted(os.listdir(folder)), sorted(files))


class TestExit(ProgramTest):

    # Things of all kinds.
    header = '''
    import threading

    import cupy
    from cupy import cuda
    from cupy import cudnn

    kernel = cupy.ElementwiseKernel('T x', 'T y', 'y = x + 1', 'successor')

    class Holder(object):

        def __init__(self):
            self.me = self
            self.x = cupy.arange(100000, dtype='f')
            self.m = self.x[:90000].reshape(300, 300)
            self.big = cupy.zeros(4 << 20)
            self.stream = cuda.Stream()
            self.event = self.stream.record()
            self.pool = cuda.MemoryPool()
            self.kept = self.pool.malloc(1000), self.pool.malloc(5 << 20)
            self.pinned = cuda.alloc_pinned_memory(1000)
            self.memory = cuda.memory.Memory(1000)
            self.random = cupy.random.RandomState(1)
            self.handles = cudnn.get_handle(), cuda.Device().cublas_handle
            self.x_desc = cudnn.create_tensor_descriptor(
                self.x.reshape(10, 10, 10, 100))
            self.act = cudnn.create_activation_descriptor(
                cuda.cudnn.CUDNN_ACTIVATION_RELU)
            self.compute()

        def compute(self):
            with cuda.Device(0):
                y = kernel(self.x) * 2
                return (self.m.dot(self.m), y.sum(), y[::2] + 1,
                        self.random.rand(1000),
                        cupy.random.normal(size=1000))

    def work():
        holder = Holder()
        while True:
            holder.compute()
            started.set()
            if not forever:
                break

    def start(count):
        threads = []
        for _ in range(count):
            started.clear()
            threads.append(threading.Thread(target=work, daemon=forever))
            threads[-1].start()
            started.wait()
        return threads

    started = threading.Event()
    forever = False
    '''

    def check(self, code):
        self.assertEqual(self.run_program(
            textwrap.dedent(self.header) + textwrap.dedent(code)), ['done'])

    def test_globals(self):
        self.check('''
        import builtins
        kept = [Holder() for _ in range(3)]
        builtins.kept = Holder()
        cuda.memory.kept = Holder()
        local = threading.local()
        local.kept = Holder()
        cuda.Device(1).use()
        other = cupy.ones(10)
        stream = cuda.Stream()
        print('done')
        ''')

    def test_garbage(self):
        self.check('''
        import gc
        gc.disable()
        for _ in range(3):
            Holder()
        print('done')
        ''')

    def test_objects_that_compute_in_the_end(self):
        self.check('''
        class Late(Holder):
            def __del__(self):
                self.compute()
        kept = Late()
        Late()
        print('done')
        ''')

    def test_threads(self):
        self.check('''
        threads = start(3)
        kept = Holder()
        print('done')
        ''')

    def test_threads_that_go_on(self):
        self.check('''
        forever = True
        start(3)
        kept = Holder()
        print('done')
        ''')

    def test_threads_that_convolve(self):
        self.check('''
        import numpy
        from cupy.cuda import cudnn as libcudnn

        def work():
            x = cupy.ones((8, 8, 60, 60), 'f')
            w = cupy.ones((8, 8, 3, 3), 'f')
            y = cupy.ones((8, 8, 58, 58), 'f')
            one, zero = cudnn.scalar(1, 'f'), cudnn.scalar(0, 'f')
            while True:
                x_desc = cudnn.create_tensor_descriptor(x)
                y_desc = cudnn.create_tensor_descriptor(y)
                w_desc = cudnn.create_filter_descriptor(w)
                desc = cudnn.create_convolution_descriptor(
                    (0, 0), (1, 1), 'f')
                libcudnn.convolutionForward(
                    cudnn.get_handle(), one.data, x_desc.value, x.data.ptr,
                    w_desc.value, w.data.ptr, desc.value, 0, 0, 0,
                    zero.data, y_desc.value, y.data.ptr)
                started.set()

        forever = True
        start(3)
        print('done')
        ''')

    def test_forked_child(self):
        # It ends as a program does, not by os._exit.
        self.check('''
        import os, sys, warnings
        warnings.simplefilter('ignore')
        for thread in start(2):
            thread.join()
        kept = Holder()
        if os.fork():
            assert os.wait()[1] == 0
            print('done')
        else:
            kept.compute()
            new = Holder()
        ''')

    def test_error(self):
        # It is the message of an exception, and nothing else.
        process = start(textwrap.dedent(self.header) + textwrap.dedent('''
        kept = Holder()
        try:
            raise ValueError('shown')
        finally:
            inner = Holder()
        '''))
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        # Python 3.13 shows the line, too.
        self.assertRegex(errors, r'\ATraceback \(most recent call last\):\n'
                                 r'  File .*\n(    .*\n)*'
                                 r'ValueError: shown\n\Z')
