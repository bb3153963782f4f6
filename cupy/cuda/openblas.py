"""Finds OpenBLAS, which does the host device's products of matrices."""
import glob
import importlib.util
import os


def libraries():
    """Lists the libraries that can do the products.

    Returns:
        list of (str, bool): Paths, the best one first; with them, whether
        somebody else works with that library, too, so that its number of
        threads is not ours to set.
    """
    return ([(path, False) for path in _beside(
                'scipy_openblas32', 'lib', 'libscipy_openblas.*')] +
            [(path, True) for path in _beside(
                'numpy', os.pardir, 'numpy.libs', '*openblas*')])


def _beside(package, *pattern):
    # The package is not imported: scipy_openblas32 would load the library
    # with its symbols visible to every other one.
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return []
    return sorted(glob.glob(
        os.path.join(os.path.dirname(spec.origin), *pattern)))
