"""Worker processes that load examples, seen from the parent."""
import contextlib
import itertools
import multiprocessing
import os
import signal
import socket
import warnings
import weakref
from multiprocessing import connection

from chainer.iterators import messages, worker

# The parent's ends of the connections of all pools; see worker.run.
_parent_ends = weakref.WeakSet()


class WorkerPool:
    """Processes that load examples of a dataset.

    Tasks are dealt out to the workers in turn. Each worker answers its tasks
    in their order, so that an answer needs no name: who submitted a task to a
    worker asks that worker for the answer.

    Where processes can be forked they are: a forked worker has the dataset
    without pickling it, and a script needs no ``__main__`` guard. Elsewhere
    the dataset is pickled, in the way of the platform.

    No process and no socket outlives the pool: they are given back by
    :meth:`close`, with the pool when nobody refers to it any more, at the exit
    of the interpreter, and, if the parent was killed, by the workers
    themselves, which see the end of their connection.

    Args:
        dataset: Dataset.
        size (int): Number of processes.

    """

    def __init__(self, dataset, size):
        self._workers = []
        #: Ends the processes at once, whatever they are doing. It may be
        #: called any number of times.
        self.close = weakref.finalize(self, _end, os.getpid(), self._workers)
        try:
            for _ in range(size):
                self._workers.append(_Worker(dataset))
        except BaseException:
            self.close()
            raise
        self._turns = itertools.cycle(self._workers)

    def submit(self, run):
        """Gives the next worker a task.

        Args:
            run (~index_stream.Run): Indices of examples, and seed.

        Returns:
            Worker to ask for the answer.

        """
        chosen = next(self._turns)
        try:
            messages.send(chosen.connection, messages.encode(run))
        except OSError:
            raise _death(chosen) from None
        return chosen

    def receive(self, asked):
        """Waits for the oldest answer of a worker that was not received yet.

        Args:
            asked: Worker, as :meth:`submit` returned it.

        Returns:
            list: Examples.

        Raises:
            Exception: What the dataset raised in the worker, with the
                traceback there as its cause; :class:`RuntimeError` if that
                exception cannot be sent.
            RuntimeError: If a worker died, whichever it was.

        """
        dead_or_ready = connection.wait(
            [asked.connection, *(w.process.sentinel for w in self._workers)])
        for one in self._workers:
            if one.process.sentinel in dead_or_ready:
                raise _death(one)
        try:
            succeeded, answer = messages.receive(asked.connection)
        except (EOFError, OSError):
            raise _death(asked) from None
        if succeeded:
            return answer
        error, text = answer
        raise error from WorkerTraceback(text)


class WorkerTraceback(Exception):
    """Cause of an exception that was raised in a worker, for its text."""

    def __init__(self, text):
        super().__init__(f'in a worker process:\n\n{text}')


class _Worker:

    def __init__(self, dataset):
        self.connection, other_end = socket.socketpair()
        _parent_ends.add(self.connection)
        with other_end:
            for end in self.connection, other_end:
                # Undoes socket.setdefaulttimeout, which is meant for networks.
                end.setblocking(True)
            try:
                self.process = _start(dataset, other_end)
            except BaseException:
                self.connection.close()
                raise


def _start(dataset, end):
    if 'fork' in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context('fork')
        inherited = list(_parent_ends)
    else:
        context = multiprocessing.get_context()
        inherited = []
    process = context.Process(
        target=worker.run, args=(dataset, end, inherited), daemon=True)
    with _signals_blocked(), _fork_allowed():
        process.start()
    return process


@contextlib.contextmanager
def _signals_blocked():
    # A signal between a fork and worker.run would run the parent's handlers in
    # the worker.
    if not hasattr(signal, 'pthread_sigmask'):
        yield
        return
    old = signal.pthread_sigmask(signal.SIG_BLOCK, worker.SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


@contextlib.contextmanager
def _fork_allowed():
    # Python warns of forks while there are threads. A worker uses no lock that
    # a thread of the parent may hold, and the libraries that keep threads of
    # their own are dealt with in worker.run or restart them after a fork.
    with warnings.catch_warnings():
        warnings.filterwarnings(
            'ignore', '.*fork', category=DeprecationWarning)
        yield


def _end(owner, workers):
    for one in workers:
        one.connection.close()
    if os.getpid() != owner:
        return  # A child that has inherited the pool does not own it.
    # Not terminate: a signal that can be blocked may be late.
    for one in workers:
        one.process.kill()
    for one in workers:
        one.process.join()


def _death(dead):
    dead.process.join(timeout=5)
    code = dead.process.exitcode
    if code is None:
        end = 'closed its connection'
    elif code < 0:
        names = {number.value: number.name for number in signal.Signals}
        end = f'was killed by {names.get(-code, f"signal {-code}")}'
    else:
        end = f'ended with exit code {code}'
    if code == -getattr(signal, 'SIGKILL', 9):
        hint = ('The system kills processes when it runs out of memory: see '
                'its log, and try fewer processes or smaller batches.')
    else:
        hint = ('Something that the dataset calls crashed or ended the '
                'process: load the examples with SerialIterator to find it.')
    return RuntimeError(
        f'worker process {dead.process.pid} of MultiprocessIterator {end}. '
        f'{hint}')
