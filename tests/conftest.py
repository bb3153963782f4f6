"""What all tests share."""
import binascii

import numpy
import pytest


@pytest.fixture(autouse=True)
def seed_numpy(request):
    """Starts each test from random numbers of its own, always the same."""
    numpy.random.seed(binascii.crc32(request.node.nodeid.encode()))
