"""Runs those commands of a build whose results are out of date.

Beside each file that it makes there is a record: the command, and, as its
modification time, when it began. A file is made again if its command or the
version of the tool has changed, or if one of the files that it was made from
is younger than that. Tools write down themselves which files they have read;
of these the ones outside the project count as a part of the tool.
"""
import collections
import concurrent.futures
import os
import re
import shlex
import subprocess
import time

from setuptools import errors

#: One command that makes the file ``target``. ``inputs`` are the files that
#: it is made from, ``depfile`` is where the tool names further ones (or
#: ``None``), ``tool`` stands for the version of the tool, ``title`` is shown.
Step = collections.namedtuple('Step', 'title target command inputs depfile '
                              'tool')


def run(chains, workers, force=False):
    """Runs chains of steps, each chain in its order, several at a time.

    Args:
        chains (list of list of Step): What to run. One that takes long had
            better come early.
        workers (int): How many commands may run at a time.
        force (bool): Whether to run also what is up to date.

    Raises:
        setuptools.errors.CompileError: A command failed; what it printed is
            in the text.
    """
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(_run_chain, chain, force) for chain in chains]
        try:
            for future in concurrent.futures.as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def is_current(step):
    """Tells whether a step need not be run."""
    try:
        with open(_record(step)) as file:
            same = file.read() == _text(step)
        began = os.stat(_record(step)).st_mtime_ns
        return same and os.path.exists(step.target) and all(
            os.stat(path).st_mtime_ns < began for path in _inputs(step))
    except FileNotFoundError:
        return False


def _run_chain(chain, force):
    for step in chain:
        if force or not is_current(step):
            _run(step)


def _run(step):
    os.makedirs(os.path.dirname(step.target), exist_ok=True)
    # Files are stamped by a clock that ticks every few milliseconds, and what
    # was made right before this has to look older.
    time.sleep(0.01)
    with open(_record(step), 'w'):  # empty: an interrupted command is no use
        began = os.stat(_record(step)).st_mtime_ns
    done = subprocess.run(step.command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True,
                          errors='replace')
    if done.returncode:
        raise errors.CompileError(
            f'{step.title} failed with status {done.returncode}:\n'
            f'{shlex.join(step.command)}\n{done.stdout}')
    print(f'{step.title}\n{done.stdout}', end='', flush=True)
    with open(_record(step), 'w') as file:
        file.write(_text(step))
    os.utime(_record(step), ns=(began, began))


def _record(step):
    return f'{step.target}.made'


def _text(step):
    # The program goes by its version: its path differs between environments
    # that build in isolation.
    return '\n'.join([step.tool, *step.command[1:], *step.inputs, ''])


def _inputs(step):
    if step.depfile is None:
        return step.inputs
    with open(step.depfile) as file:
        text = file.read()
    # They are written as for make: 'target: file file \\'.
    names = re.split(r'(?<!\\)\s+', text.replace('\\\n', ' '))[1:]
    named = [os.path.relpath(name.replace('\\ ', ' '))
             for name in names if name]
    return [*step.inputs, *[name for name in named
                            if name.split(os.sep)[0] != os.pardir]]
