"""Finds what other wheels have installed."""
import importlib.metadata
import os
import sys
import sysconfig


def site_folders():
    """Returns the folders that wheels are installed into.

    A build in isolation does not have the environment that it builds for on
    its ``sys.path``, so that this is asked for by name.
    """
    folders = [*sys.path, sysconfig.get_path('purelib'),
               sysconfig.get_path('platlib')]
    return [folder for folder in dict.fromkeys(folders)
            if os.path.isdir(folder)]


def version(distribution):
    """Returns the version of an installed distribution, or ``None``."""
    found = _distribution(distribution)
    return found and found.version


def folder_of(distribution, filename):
    """Returns the folder of a file that a distribution installed.

    Returns ``None`` if it is not installed or has no file of that name.
    """
    found = _distribution(distribution)
    for file in found and found.files or []:
        path = os.path.realpath(file.locate())
        if file.name == filename and os.path.exists(path):
            return os.path.dirname(path)
    return None


def _distribution(name):
    return next(iter(importlib.metadata.distributions(
        name=name, path=site_folders())), None)
