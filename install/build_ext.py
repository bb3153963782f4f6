"""The command of setuptools that builds the compiled parts of CuPy."""
import filecmp
import functools
import glob
import os
import shutil

import setuptools
from setuptools.command import build_ext

from install import backend, extensions, make, report

# What the build writes down, for CuPy to read.
RECORD = 'cupy/_build.py'


def declared():
    """Returns all extension modules, whether they will be built or not."""
    return [setuptools.Extension(name, [path])
            for name, path in extensions.modules().items()]


class BuildExt(build_ext.build_ext):
    """Builds what the machine allows, and installs nothing older.

    It replaces the compiling of setuptools, which knows neither which headers
    a module includes nor when a flag has changed, and cannot build libraries
    that modules share.
    """

    @functools.cached_property
    def plan(self):
        return backend.decide()

    @functools.cached_property
    def products(self):
        """Where each file is to go, below the root, and where it is made."""
        made = {RECORD: f'{extensions.WORK}/{os.path.basename(RECORD)}'}
        if self.plan.backend != 'none':
            made.update(self._parts().products())
        return made

    def run(self):
        report.show(self.plan)
        if self.plan.backend != 'none':
            workers = self.parallel or len(os.sched_getaffinity(0))
            make.run(self._parts().compile_chains(), workers, self.force)
            libraries, *modules = self._parts().link_chains()
            make.run([libraries], 1, self.force)
            make.run(modules, workers, self.force)
        os.makedirs(extensions.WORK, exist_ok=True)
        with open(self.products[RECORD], 'w') as file:
            file.write(report.module(self.plan))
        self._install('.' if self.inplace else self.build_lib)

    def get_source_files(self):
        return extensions.source_files()

    def get_outputs(self):
        return [os.path.join(self.build_lib, file) for file in self.products]

    def get_output_mapping(self):
        return {os.path.join(self.build_lib, file): file
                for file in self.products} if self.inplace else {}

    def _parts(self):
        return extensions.Parts(self.plan, strict=self.inplace)

    def _install(self, folder):
        for file in _compiled(folder) - self.products.keys():
            print(f'remove {file}: it is not a part of this build')
            os.remove(os.path.join(folder, file))
        for file, made in self.products.items():
            target = os.path.join(folder, file)
            if os.path.exists(target) and filecmp.cmp(made, target):
                continue
            # A process that uses the file keeps the one it has.
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(made, f'{target}.new')
            os.replace(f'{target}.new', target)


def _compiled(folder):
    found = [path for path in glob.glob('cupy/**/*.so', root_dir=folder,
                                        recursive=True)
             if path.endswith(extensions.SUFFIX) or
             os.path.basename(path).startswith('libcupy_')]
    return set(found)
