"""What CuPy was built for, and what it runs on."""
from cupy import _build, cuda
from cupy.cuda import cublas, disk_cache, nvrtc, runtime


def show_config():
    """Prints what CuPy was built for and what it found here.

    The lines tell the backend, the devices, the libraries, where compiled
    kernels are kept, and what the build had to leave out. A report of a
    problem should have them.
    """
    for title, text in _rows():
        print(f'{title:16}: {text}')


def _rows():
    host = cuda.backend == 'host'
    yield 'backend', (
        'host (CUDA\'s functions, executed by the CPU)' if host else 'cuda')
    yield 'CUDA runtime', _version(runtime.runtimeGetVersion())
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        count = 0
        yield 'devices', f'none: {error}'
    for number in range(count):
        device = cuda.Device(number)
        free, total = device.mem_info
        yield f'device {number}', (
            f'compute capability {device.compute_capability}, '
            f'{free >> 20} of {total >> 20} MiB free')
    yield 'compiler', (
        nvrtc.compilerIdentity().splitlines()[-1].split()[0] if host else
        'NVRTC {}.{}'.format(*nvrtc.getVersion()))
    yield 'kernel cache', disk_cache.default_folder()
    if host and cuda.get_cublas_handle():  # which chooses the library
        yield 'products by', cublas.host_library() or (
            'plain loops, which are slow: install scipy-openblas32')
    yield 'cuDNN', (cuda.cudnn.getVersion() if cuda.cudnn_enabled else
                    cuda.cudnn_error)
    for note in _build.NOTES:
        yield 'build', note


def _version(number):
    return f'{number // 1000}.{number % 1000 // 10}'
