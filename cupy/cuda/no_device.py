"""What to do where CUDA says that it has no device.

CUDA's own words, "driver version is insufficient", also stand for a machine
that has no driver at all.
"""

INSUFFICIENT_DRIVER = 35
NO_DEVICE = 100

_HOST = ('build CuPy for the host device, which is the CPU, with '
         'CUPY_BACKEND=host')


def advice(status, driver_version, runtime_version):
    """Returns what to do about an error of CUDA's runtime.

    Args:
        status (int): The error.
        driver_version (int): The version of CUDA that the driver knows, as in
            13000; 0 if there is no driver.
        runtime_version (int): The version of CUDA that CuPy was linked to.

    Returns:
        str: One line; empty if the error has other reasons.
    """
    if status == NO_DEVICE:
        return (f"NVIDIA's driver sees no GPU: look at what nvidia-smi lists "
                f'and at CUDA_VISIBLE_DEVICES, or {_HOST}')
    if status != INSUFFICIENT_DRIVER:
        return ''
    if driver_version == 0:
        return (f"NVIDIA's driver is not installed on this machine: install "
                f'it, or {_HOST}')
    return (f"NVIDIA's driver knows CUDA up to {_text(driver_version)}, and "
            f'this CuPy was built with {_text(runtime_version)}: update the '
            f'driver, build CuPy with an older CUDA, or {_HOST}')


def _text(version):
    return f'{version // 1000}.{version % 1000 // 10}'
