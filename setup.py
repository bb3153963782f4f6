"""Builds and installs the packages; pyproject.toml says the rest."""
import setuptools

setuptools.setup()
