import contextlib
import multiprocessing
import os
import pathlib
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import types
import unittest
import warnings
from multiprocessing import connection
from unittest import mock

import numpy

from chainer import iterators


class LimitedTestCase(unittest.TestCase):
    """Test case whose tests fail rather than hang."""

    def setUp(self):
        def expire(*_):
            raise AssertionError('the test hangs')

        old = signal.signal(signal.SIGALRM, expire)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        self.addCleanup(signal.alarm, 0)
        signal.alarm(30)

    def make(self, function, n=8, batch_size=2, n_processes=2, **kwargs):
        """Makes an iterator over what a function returns in the workers."""
        iterator = iterators.MultiprocessIterator(
            Examples(n, function), batch_size, shuffle=False,
            n_processes=n_processes, **kwargs)
        self.addCleanup(iterator.finalize)
        return iterator


class Examples:

    def __init__(self, n, function):
        self.n = n
        self.function = function

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return self.function(i)


def identity(i):
    return i


def sleep_from_2_on(i):
    if i >= 2:
        time.sleep(1000)
    return i


def sleep_or_kill(i):
    if i % 2 == 0:
        time.sleep(1000)
    os.kill(os.getpid(), signal.SIGKILL)


def count_descriptors():
    return len(os.listdir('/dev/fd'))


class TestDeath(LimitedTestCase):

    def check_killed(self, iterator):
        with self.assertRaisesRegex(RuntimeError, 'SIGKILL.*memory'):
            while True:
                iterator.next()
        iterator.finalize()
        self.assertEqual(multiprocessing.active_children(), [])

    def test_killed_while_idle(self):
        for n_prefetch in (0, 1):
            iterator = self.make(identity, n_prefetch=n_prefetch)
            iterator.next()
            victim = multiprocessing.active_children()[0]
            os.kill(victim.pid, signal.SIGKILL)
            victim.join()
            self.check_killed(iterator)

    def test_killed_a_moment_ago(self):
        for n_prefetch in (0, 1):
            iterator = self.make(identity, n_prefetch=n_prefetch)
            iterator.next()
            victim = multiprocessing.active_children()[-1]
            os.kill(victim.pid, signal.SIGKILL)
            self.check_killed(iterator)

    def test_killed_while_loading(self):
        iterator = self.make(sleep_from_2_on)
        iterator.next()
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        self.check_killed(iterator)

    def test_killed_while_the_main_process_waits(self):
        iterator = self.make(
            lambda i: os.kill(os.getpid(), signal.SIGKILL), n_processes=1)
        self.check_killed(iterator)

    def test_killed_while_the_main_process_waits_for_another(self):
        self.check_killed(self.make(sleep_or_kill))

    def test_killed_while_it_sends(self):
        iterator = self.make(lambda i: numpy.zeros(1000000), n_processes=1)
        iterator.next()
        while not select_readable(iterator):
            time.sleep(0.01)
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        self.check_killed(iterator)

    def test_position_stays_and_next_starts_again(self):
        iterator = self.make(identity)
        iterator.next()
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        with self.assertRaises(RuntimeError):
            iterator.next()
            iterator.next()
        position = iterator.current_position
        self.assertEqual(iterator.next(), [position, position + 1])

    def test_exit(self):
        for leave in (sys.exit, os._exit):
            iterator = self.make(lambda i, leave=leave: leave(3))
            with self.assertRaisesRegex(
                    RuntimeError, 'exit code 3.*SerialIterator'):
                iterator.next()

    def test_other_signal(self):
        iterator = self.make(lambda i: os.kill(os.getpid(), signal.SIGUSR1))
        with self.assertRaisesRegex(
                RuntimeError, 'SIGUSR1.*SerialIterator'):
            iterator.next()


def select_readable(iterator):
    return connection.wait(
        [one.connection for one in iterator._pool._workers], timeout=0)


class TestEnd(LimitedTestCase):

    @contextlib.contextmanager
    def nothing_left(self):
        descriptors = count_descriptors()
        threads = threading.active_count()
        yield
        self.assertEqual(multiprocessing.active_children(), [])
        self.assertEqual(count_descriptors(), descriptors)
        self.assertEqual(threading.active_count(), threads)
        with self.assertRaises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)

    def test_finalize_before_the_first_batch(self):
        with self.nothing_left():
            iterator = self.make(identity)
            self.assertEqual(multiprocessing.active_children(), [])
            iterator.finalize()

    def test_finalize_in_the_middle_and_twice(self):
        with self.nothing_left():
            iterator = self.make(identity, n_processes=3, n_prefetch=3)
            iterator.next()
            self.assertEqual(len(multiprocessing.active_children()), 3)
            iterator.finalize()
            iterator.finalize()

    def test_finalize_and_go_on(self):
        with self.nothing_left():
            iterator = self.make(identity)
            self.assertEqual(iterator.next(), [0, 1])
            iterator.finalize()
            self.assertEqual(iterator.next(), [2, 3])
            iterator.finalize()

    def test_finalize_while_workers_load(self):
        with self.nothing_left():
            iterator = self.make(sleep_from_2_on)
            iterator.next()
            iterator.finalize()

    def test_finalize_while_workers_send(self):
        with self.nothing_left():
            iterator = self.make(
                lambda i: numpy.zeros(1000000), n_prefetch=3)
            iterator.next()
            iterator.finalize()

    def test_drop(self):
        with self.nothing_left():
            iterator = self.make(sleep_from_2_on)
            self.doCleanups()
            iterator.next()
            del iterator

    def test_end_of_the_epoch(self):
        with self.nothing_left():
            iterator = self.make(identity, n=3, repeat=False)
            self.assertEqual(list(iterator), [[0, 1], [2]])

    def test_exception(self):
        with self.nothing_left():
            iterator = self.make(lambda i: 1 // 0)
            with self.assertRaises(ZeroDivisionError):
                iterator.next()

    def test_interrupt_while_waiting(self):
        def interrupt(*_):
            raise KeyboardInterrupt

        old = signal.signal(signal.SIGALRM, interrupt)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        with self.nothing_left():
            iterator = self.make(sleep_from_2_on)
            iterator.next()
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with self.assertRaises(KeyboardInterrupt):
                iterator.next()
            self.assertEqual(iterator.current_position, 2)

    def test_processes_cannot_be_made(self):
        with self.nothing_left():
            iterator = self.make(identity)
            process_class = multiprocessing.context.ForkProcess
            popen = process_class._Popen

            def fail_second(process):
                if multiprocessing.active_children():
                    raise OSError('no process')
                return popen(process)

            with mock.patch.object(
                    process_class, '_Popen', staticmethod(fail_second)):
                try:
                    iterator.next()
                    self.fail('no error')
                except OSError as error:
                    # While the error and its frames are still held.
                    self.assertEqual(str(error), 'no process')
                    self.assertEqual(multiprocessing.active_children(), [])
            self.assertEqual(iterator.next(), [0, 1])
            iterator.finalize()

    def test_child_that_inherited_an_iterator(self):
        iterator = self.make(identity)
        iterator.next()
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', DeprecationWarning)
            child = os.fork()
        if child == 0:
            iterator.finalize()
            os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(len(multiprocessing.active_children()), 2)
        self.assertEqual(iterator.next(), [2, 3])


class TestEnvironment(LimitedTestCase):

    def test_opencv_has_no_threads(self):
        cv2 = types.ModuleType('cv2')
        cv2.threads = 4

        def set_num_threads(n):
            cv2.threads = n

        cv2.setNumThreads = set_num_threads
        with mock.patch.dict(sys.modules, cv2=cv2):
            iterator = self.make(lambda i: sys.modules['cv2'].threads)
            self.assertEqual(iterator.next(), [0, 0])
        self.assertEqual(cv2.threads, 4)

    def test_threaded_blas_before_the_fork(self):
        x = numpy.random.RandomState(0).rand(600, 600)
        expected = x.dot(x).sum()
        iterator = self.make(lambda i: x.dot(x).sum())
        for _ in range(3):
            numpy.testing.assert_allclose(iterator.next(), expected)
            numpy.testing.assert_allclose(x.dot(x).sum(), expected)

    def test_locked_generator_before_the_fork(self):
        def hold():
            with numpy.random.get_bit_generator().lock:
                held.set()
                forked.wait()

        held, forked = threading.Event(), threading.Event()
        thread = threading.Thread(target=hold)
        iterator = self.make(lambda i: numpy.random.rand())
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(forked.set)
        held.wait()
        self.assertEqual(len(set(iterator.next())), 2)

    def test_signals(self):
        def dispositions(_):
            return (signal.getsignal(signal.SIGINT),
                    signal.getsignal(signal.SIGTERM),
                    signal.pthread_sigmask(signal.SIG_BLOCK, []))

        old = signal.signal(signal.SIGTERM, lambda *_: None)
        self.addCleanup(signal.signal, signal.SIGTERM, old)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        iterator = self.make(dispositions)
        self.assertEqual(
            iterator.next(), [(signal.SIG_IGN, signal.SIG_DFL, set())] * 2)
        self.assertEqual(signal.pthread_sigmask(signal.SIG_BLOCK, []), mask)

    def test_interrupt_between_fork_and_start(self):
        fork = os.fork

        def fork_and_interrupt():
            pid = fork()
            if pid == 0:
                os.kill(os.getpid(), signal.SIGINT)
            return pid

        iterator = self.make(identity)
        with mock.patch('os.fork', fork_and_interrupt):
            self.assertEqual(iterator.next(), [0, 1])

    def test_default_timeout_of_sockets(self):
        self.addCleanup(socket.setdefaulttimeout, socket.getdefaulttimeout())
        socket.setdefaulttimeout(0.01)
        iterator = self.make(
            lambda i: time.sleep(0.05 * (i > 1)) or i, n_prefetch=0)
        iterator.next()
        time.sleep(0.05)
        self.assertEqual(iterator.next(), [2, 3])

    def test_started_in_a_thread(self):
        iterator = self.make(identity)
        result = []
        thread = threading.Thread(
            target=lambda: result.append(iterator.next()))
        thread.start()
        thread.join()
        self.assertEqual(result, [[0, 1]])
        self.assertEqual(iterator.next(), [2, 3])

    def test_warning_of_forks_in_programs_with_threads(self):
        fork = os.fork

        def fork_and_warn():
            pid = fork()
            if pid:
                warnings.warn('use of fork() may lead to deadlocks',
                              DeprecationWarning, stacklevel=2)
            return pid

        iterator = self.make(identity)
        with mock.patch('os.fork', fork_and_warn):
            with warnings.catch_warnings():
                warnings.simplefilter('error')
                self.assertEqual(iterator.next(), [0, 1])


class TestPrograms(unittest.TestCase):
    """Whole programs.

    Workers inherit the standard output of a program. When it is at its end,
    all of them are gone.
    """

    header = '''
    import copy, multiprocessing, os, signal, sys, time
    from chainer import iterators

    class Examples:
        def __init__(self, slow):
            self.slow = slow
        def __len__(self):
            return 8
        def __getitem__(self, i):
            if i >= self.slow:
                time.sleep(1000)
            return i

    def start(slow=8, **kwargs):
        iterator = iterators.MultiprocessIterator(
            Examples(slow), 2, shuffle=False, n_processes=2, **kwargs)
        assert iterator.next() == [0, 1]
        return iterator
    '''

    def popen(self, program, **kwargs):
        root = str(pathlib.Path(iterators.__file__).parents[2])
        path = os.environ.get('PYTHONPATH')
        environment = dict(
            os.environ,
            PYTHONPATH=root + (os.pathsep + path if path else ''))
        program = textwrap.dedent(self.header) + textwrap.dedent(program)
        process = subprocess.Popen(
            [sys.executable, '-c', program], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=environment, **kwargs)
        self.addCleanup(process.__exit__, None, None, None)
        self.addCleanup(process.kill)
        return process

    def check_end(self, process, returncode, stdout=''):
        self.assertEqual(process.communicate(timeout=60), (stdout, ''))
        self.assertEqual(process.returncode, returncode)

    def test_exit(self):
        for slow in (8, 2):
            self.check_end(self.popen(f'iterator = start({slow})'), 0)

    def test_exit_within_references(self):
        self.check_end(self.popen('''
            class Holder:
                pass
            holder = Holder()
            holder.holder = holder
            holder.iterator = start(2)
            '''), 0)

    def test_exit_with_handlers_of_signals(self):
        self.check_end(self.popen('''
            signal.signal(signal.SIGTERM, lambda *_: print('handler'))
            iterator = start(2)
            '''), 0)

    def test_exit_by_exception(self):
        process = self.popen('''
            iterator = start(2)
            raise ValueError('wrong')
            ''')
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(stderr.count('Traceback'), 1)
        self.assertIn('ValueError: wrong', stderr)

    def test_exit_without_cleaning_up(self):
        self.check_end(self.popen('''
            iterator = start()
            os._exit(0)
            '''), 0)

    def test_parent_killed(self):
        process = self.popen('''
            first = start()
            second = start(n_prefetch=3)
            first.finalize()
            first.next()
            third = copy.copy(second)
            third.next()
            print(len(multiprocessing.active_children()), flush=True)
            time.sleep(1000)
            ''')
        self.assertEqual(process.stdout.readline(), '6\n')
        process.kill()
        self.check_end(process, -signal.SIGKILL)

    def test_parent_killed_while_workers_send(self):
        process = self.popen('''
            import numpy
            iterator = iterators.MultiprocessIterator(
                numpy.zeros((8, 1000000)), 2, n_processes=2)
            iterator.next()
            print('ready', flush=True)
            time.sleep(1000)
            ''')
        self.assertEqual(process.stdout.readline(), 'ready\n')
        process.kill()
        self.check_end(process, -signal.SIGKILL)

    def test_keyboard_interrupt(self):
        process = self.popen('''
            iterator = start(4)
            try:
                print('ready', flush=True)
                while True:
                    iterator.next()
            except KeyboardInterrupt:
                print('interrupted')
            iterator.finalize()
            ''', start_new_session=True)
        self.assertEqual(process.stdout.readline(), 'ready\n')
        os.killpg(process.pid, signal.SIGINT)
        self.check_end(process, 0, 'interrupted\n')

    def test_platform_without_fork(self):
        with open(os.devnull) as devnull:
            process = self.popen('''
                from unittest import mock
                multiprocessing.set_start_method('spawn')
                with mock.patch.object(
                        multiprocessing, 'get_all_start_methods',
                        return_value=['spawn']):
                    iterator = iterators.MultiprocessIterator(
                        range(8), 3, shuffle=False, n_processes=2)
                    print(iterator.next(), iterator.next(), iterator.next())
                    print(copy.copy(iterator).next())
                ''', stdin=devnull)
            self.check_end(
                process, 0, '[0, 1, 2] [3, 4, 5] [6, 7, 0]\n[1, 2, 3]\n')
