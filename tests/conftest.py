"""What all tests share."""
import binascii
import os
import pathlib
import warnings

import numpy
import pytest

# Before CuPy is imported: several devices for the tests that need them, and
# a cache of kernels of their own, which is not that of the user.
os.environ.setdefault('CUPY_HOST_DEVICES', '4')
os.environ.setdefault(
    'CUPY_CACHE_DIR',
    str(pathlib.Path(__file__).parents[1] / '.cache' / 'kernels'))


def pytest_addoption(parser):
    parser.addoption(
        '--exhaustive', action='store_true',
        help='test every combination of element types, not a sample of them')


def pytest_configure(config):
    if config.getoption('--exhaustive'):
        os.environ['CUPY_TEST_FULL_COMBINATION'] = '1'


@pytest.fixture(autouse=True, scope='session')
def host_device_is_known():
    """What warns at the first use of a device does so before the tests."""
    from chainer import cuda  # not before the environment is set
    if cuda.available:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            cuda.check_cuda_available()


@pytest.fixture(autouse=True)
def seed_numpy(request):
    """Starts each test from random numbers of its own, always the same."""
    numpy.random.seed(binascii.crc32(request.node.nodeid.encode()))
