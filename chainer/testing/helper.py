"""Conditions under which tests make sense."""
import unittest


def with_requires(*requirements):
    """Makes a decorator that skips a test unless packages are installed.

    Args:
        requirements (str): What the test requires, as in a requirements file:
            ``'numpy>=1.26'``, ``'h5py'``, ``'pillow>=9,!=9.1'``.

    Returns:
        callable: Decorator of test functions and classes.

    Raises:
        packaging.requirements.InvalidRequirement: If a requirement cannot be
            understood.
        RuntimeError: If the package ``packaging``, which knows how versions
            compare, is missing.

    .. admonition:: Example

       >>> import unittest
       >>> from chainer import testing
       >>> class TestPlot(unittest.TestCase):
       ...     @testing.with_requires('matplotlib>=3')
       ...     def test_plot(self):
       ...         import matplotlib.pyplot

    """
    missing = [requirement for requirement in requirements
               if not _is_met(requirement)]
    return unittest.skipIf(missing, f'requires: {", ".join(missing)}')


def _is_met(requirement):
    # Not above: importing Chainer must not take the time of these two.
    from importlib import metadata
    try:
        from packaging import requirements
    except ImportError:
        raise RuntimeError('with_requires needs the package packaging: '
                           'pip install packaging') from None
    requirement = requirements.Requirement(requirement)
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)
