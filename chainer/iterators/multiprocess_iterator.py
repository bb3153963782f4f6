"""Iterator that lets worker processes load the examples."""
import collections
import operator
import os

from chainer.iterators import index_stream, stream_iterator, worker_pool


class MultiprocessIterator(stream_iterator.StreamIterator):
    """Iterator that loads examples in parallel, and ahead of time.

    Its batches are those of :class:`SerialIterator`, for the same seed and
    whatever the number of processes. While the caller works with a batch,
    worker processes load the next ones. That pays where an example takes
    longer to load (to read, decode, augment) than to send from one process to
    another; for examples that lie in memory :class:`SerialIterator` is faster.

    **Processes.** They start with the first batch, and end with
    :meth:`finalize`, at the end of an iterator that does not repeat, when the
    iterator is dropped, and with the program. They start again when another
    batch is asked for. A copy (:func:`copy.copy`) continues from the same
    position with processes of its own. Where the platform can fork, the
    dataset is not pickled, but a file that it keeps open is shared with the
    workers, read position included: such a dataset opens its files when it
    reads an example.

    **Randomness.** A worker seeds :mod:`random` and :mod:`numpy.random` before
    each example with a number that depends on the state of the global
    generator when this iterator was made, on the epoch, and on the index of
    the example. Random augmentation that uses them is hence different for
    each example and in each epoch, and the same in each run with the same
    seed, whichever worker does it and however many there are. A generator that
    the dataset keeps for itself is copied to each worker, and repeats there.

    **Errors.** An exception of the dataset is raised by :meth:`next`, with the
    traceback of the worker as its cause. A worker that dies gives a
    :class:`RuntimeError`. The position stays before the batch that failed.

    **Snapshots** hold the position behind the batch that was handed out last,
    not that of the workers, and are those of :class:`SerialIterator`: either
    resumes from a snapshot of the other. To load one, or to assign to the
    attributes of the position or to the batch size, ends the processes: what
    they have loaded ahead is no longer what comes next.

    Args:
        dataset: Dataset to iterate over: anything with a length and integer
            indices. Its examples must be picklable.
        batch_size (int): Number of examples of a batch. It may be larger than
            the dataset.
        repeat (bool): If ``True``, the iterator goes over the dataset again
            and again, and fills up a batch at the end of an epoch from the
            beginning of the next. If ``False``, it stops after an epoch, and
            the last batch may be smaller.
        shuffle (bool): If ``True``, each epoch has a new random order.
        n_processes (int): Number of worker processes. By default, or if it is
            0, as many as there are CPUs for this program.
        n_prefetch (int): Number of batches that are loaded ahead. More than
            one helps where some batches take much longer than others.
        shared_mem (int): Has no effect, because no shared memory is used. It
            is there for scripts that set it.

    Attributes:
        dataset: The dataset.
        batch_size (int): Number of examples of a batch.
        current_position (int): Number of examples of the current epoch that
            were handed out, less than the length of the dataset.
        epoch (int): Number of completed epochs.
        epoch_detail (float): The same with the completed part of the current
            epoch, ``epoch + current_position / len(dataset)``.
        is_new_epoch (bool): Whether the last batch completed an epoch.
        repeat (bool): Whether the iterator goes on after an epoch.
        n_processes (int): Number of worker processes.
        n_prefetch (int): Number of batches that are loaded ahead.

    Raises:
        TypeError: If the dataset has no length, or a number is not an integer.
        ValueError: If the dataset is empty, or a number is too small.

    """

    _pool = None

    def __init__(self, dataset, batch_size, repeat=True, shuffle=True,
                 n_processes=None, n_prefetch=1, shared_mem=None):
        self.n_processes = _check_count(
            'n_processes', n_processes or _count_cpus(), 1)
        self.n_prefetch = _check_count('n_prefetch', n_prefetch, 0)
        super().__init__(dataset, batch_size, repeat, shuffle)
        # Pairs of the stream behind a batch, and the workers that load its
        # parts.
        self._ahead = collections.deque()

    def __next__(self):
        try:
            self._prefetch()
            after, workers = self._ahead.popleft()
            batch = []
            for worker in workers:
                batch.extend(self._pool.receive(worker))
        except BaseException:
            # Answers may be on their way, or half read: begin anew.
            self.finalize()
            raise
        self._stream = after
        return batch

    def finalize(self):
        """Ends the worker processes, and forgets what they have loaded."""
        self._ahead = collections.deque()
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def __getstate__(self):
        # What copies take along: the position, but no processes.
        return dict(vars(self), _pool=None, _ahead=collections.deque())

    def _prefetch(self):
        # Lets the workers load the batch that is due and n_prefetch more.
        while len(self._ahead) <= self.n_prefetch:
            last = self._ahead[-1][0] if self._ahead else self._stream
            try:
                runs, after = last.next()
            except StopIteration:
                if self._ahead:
                    return
                raise
            if self._pool is None:
                self._pool = worker_pool.WorkerPool(
                    self.dataset, self.n_processes)
            self._ahead.append((after, [
                self._pool.submit(part) for part in self._split(runs)]))

    def _split(self, runs):
        size = -(-self.batch_size // self.n_processes)
        for indices, seed in runs:
            for i in range(0, len(indices), size):
                yield index_stream.Run(indices[i:i + size], seed)

    def _move_to(self, stream):
        if stream is not self._stream:
            self.finalize()
        super()._move_to(stream)


def _count_cpus():
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_count(name, value, least):
    try:
        value = operator.index(value)
    except TypeError:
        raise TypeError(
            f'{name} must be an integer, but it is {value!r}') from None
    if value < least:
        raise ValueError(f'{name} must be at least {least}, but it is {value}')
    return value
