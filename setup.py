"""Builds and installs the packages; pyproject.toml says the rest."""
import os
import sys

import setuptools

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from install import build_ext  # noqa: E402

setuptools.setup(ext_modules=build_ext.declared(),
                 cmdclass={'build_ext': build_ext.BuildExt})
