"""What a worker process of a MultiprocessIterator does.

The main thread takes tasks and loads examples; a second thread sends the
results. A worker hence goes on loading, as far as the iterator prefetches,
while nobody reads its results, and always comes back to read its tasks: the
two sides cannot wait for each other.
"""
import pickle
import queue
import random
import signal
import sys
import threading
import traceback

import numpy

from chainer.iterators import index_stream, messages

#: Signals that are blocked while a worker is made, until it has prepared
#: itself.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(dataset, connection, inherited):
    """Loads examples until the other side of the connection is closed.

    Args:
        dataset: Dataset.
        connection (socket.socket): Socket that :class:`~index_stream.Run` s
            come from, and that their examples go to in the same order. An
            answer is a pair: ``True`` and the list of examples, or ``False``
            and a pair of the exception and its traceback as text.
        inherited (iterable of socket.socket): The parent's ends of
            connections that a fork has copied. They are closed: while they are
            open here, the worker at the other end does not notice that the
            parent died.

    """
    for end in inherited:
        end.close()
    _prepare_signals()
    _prepare_libraries()
    answers = queue.SimpleQueue()
    threading.Thread(
        target=_send_all, args=(connection, answers), daemon=True).start()
    while True:
        try:
            task = messages.receive(connection)
        except (EOFError, OSError):
            return
        answers.put(_answer(dataset, task))


def _prepare_signals():
    # Ctrl-C goes to all processes of a terminal, and the parent handles it. It
    # ends its workers by SIGTERM, which a handler of the user must not stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, 'pthread_sigmask'):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _prepare_libraries():
    # A fork copies OpenCV's belief in its thread pool, but not the threads:
    # the first parallel function would wait for them forever.
    cv2 = sys.modules.get('cv2')
    if cv2 is not None:
        cv2.setNumThreads(0)
    # The global generator has a lock, and a thread of the parent may have held
    # it at the moment of the fork.
    numpy.random.set_bit_generator(numpy.random.MT19937())


def _send_all(connection, answers):
    try:
        while True:
            messages.send(connection, answers.get())
    except OSError:
        return  # The parent is gone; the main thread notices it, too.


def _answer(dataset, task):
    try:
        examples = [
            _load(dataset, index, task.seed)
            for index in numpy.asarray(task.indices).tolist()]
        return messages.encode((True, examples))
    except Exception as error:
        text = traceback.format_exc()
        return messages.encode((False, (_portable(error), text)))


def _load(dataset, index, run_seed):
    seed = index_stream.example_seed(run_seed, index)
    random.seed(seed)
    numpy.random.seed(seed)
    return dataset[index]


def _portable(error):
    # StopIteration would pass for the end of the iterator.
    if not isinstance(error, StopIteration) and _survives_pickling(error):
        return error
    summary = traceback.format_exception_only(error)[-1].strip()
    return RuntimeError(f'the dataset raised {summary}')


def _survives_pickling(error):
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:
        return False
