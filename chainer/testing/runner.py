"""Running the tests of one file."""
import sys
import unittest


def run_module(name, file):
    """Runs the tests of a module if it is the script that Python executes.

    Test files end with it, so that ``python test_something.py`` runs the file
    alone. Arguments of the command line are passed on to the test runner:
    nose if it is installed, else :mod:`unittest`. The process ends with the
    status 0 if all tests pass.

    Args:
        name (str): ``__name__`` of the module. Nothing happens unless it is
            ``'__main__'``.
        file (str): ``__file__`` of the module.

    .. admonition:: Example

       The last line of a test file::

           testing.run_module(__name__, __file__)

    """
    if name != '__main__':
        return
    argv = [file] + sys.argv[1:]
    try:
        # Not above: importing Chainer must not load a test runner.
        import nose
    except ImportError:
        unittest.main(module=name, argv=argv)
    else:
        nose.runmodule(name, argv=argv)
