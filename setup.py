"""Builds and installs the packages; pyproject.toml says the rest."""
import os
import sys

import setuptools

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from install import extensions, onednn  # noqa: E402

setuptools.setup(
    ext_modules=extensions.extensions(onednn.find() is not None),
    cmdclass={'build_ext': extensions.BuildExt})
