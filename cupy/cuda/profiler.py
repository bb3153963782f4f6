"""Control of a profiler that is attached to the process.

Profilers such as Nsight Systems can be told to record only what lies between
:func:`start` and :func:`stop`. Without one, these functions do nothing.
"""
import contextlib
import os
import warnings

from cupy.cuda import runtime

# The formats of output that there were.
cudaKeyValuePair = 0
cudaCSV = 1


def initialize(config_file, output_file, output_mode):
    """Warns that a program cannot configure its profiler any more.

    CUDA 12 removed the function that this one called. What to record and
    where to write it are options of the profiler today, which starts the
    program: ``nsys profile --capture-range=cudaProfilerApi -o OUTPUT_FILE
    python SCRIPT`` records what lies between :func:`start` and :func:`stop`.

    Args:
        config_file (str): Name of the file that said what to record.
        output_file (str): Name of the file to write.
        output_mode (int): :data:`cudaKeyValuePair` or :data:`cudaCSV`.
    """
    config_file, output_file = map(os.fspath, (config_file, output_file))
    if output_mode not in (cudaKeyValuePair, cudaCSV):
        raise ValueError(
            f'output_mode must be cudaKeyValuePair (0) or cudaCSV (1), not '
            f'{output_mode!r}')
    warnings.warn(
        f'CUDA 12 removed the configuration of profilers by the program: '
        f'{config_file!r} is not read. Start the program with "nsys profile '
        f'--capture-range=cudaProfilerApi -o {output_file} python ..."',
        stacklevel=2)


def start():
    """Lets the profiler begin to record."""
    runtime.profilerStart()


def stop():
    """Lets the profiler end its recording."""
    runtime.profilerStop()


@contextlib.contextmanager
def profile():
    """A context in which the profiler records: ``with cuda.profile():``."""
    start()
    try:
        yield
    finally:
        stop()
