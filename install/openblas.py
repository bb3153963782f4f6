"""Finds OpenBLAS, which the host device's cuBLAS calls.

It is loaded at run time, so that a build only tells whether it is there.
"""
from install import utils, wheels


def find():
    """Returns the version of OpenBLAS that a wheel has installed.

    Raises:
        install.utils.Missing: It is not installed.
    """
    found = wheels.version('scipy-openblas32')
    if found is None:
        raise utils.Missing(
            "OpenBLAS (scipy-openblas32) is not installed yet; without it "
            "matrix products go through NumPy's BLAS, which is slower")
    return found
