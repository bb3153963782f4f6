"""The compiled parts of CuPy, and the commands that make them.

Every ``.pyx`` below ``cupy`` is an extension module. The modules right in
``cupy/cuda`` call CUDA's functions, the others call those modules. For the
host device two shared libraries come beside them: ``libcupy_host.so``, which
implements CUDA's functions on the CPU, and ``libcupy_host_dnn.so``, which
implements cuDNN's with oneDNN.
"""
import collections
import glob
import importlib.metadata
import os
import sys
import sysconfig

from install import cimports, compiler, make, wheels

CUDA = 'cupy/cuda'
HOST = f'{CUDA}/host'
SUFFIX = sysconfig.get_config_var('EXT_SUFFIX')
# Where everything is made; an installation copies from there.
WORK = 'build/cupy'

# A library of the host device, and what it is compiled and linked with.
_Library = collections.namedtuple('_Library', 'name sources compile link')


def modules():
    """Returns the path of the source of each module, by the module's name."""
    return {path[:-len('.pyx')].replace(os.sep, '.'): path
            for path in sorted(glob.glob('cupy/**/*.pyx', recursive=True))}


class Parts:
    """The parts of CuPy as a plan has them.

    Args:
        plan (install.backend.Plan): What to build; not for ``none``.
        strict (bool): Whether a warning about our own C++ is an error. That
            is for those who change it: an installation must not fail because
            a new compiler knows new warnings.
    """

    def __init__(self, plan, strict):
        self._plan = plan
        self._strict = strict
        self._folder = f'{WORK}/{plan.backend}{SUFFIX[:-len(".so")]}'
        has_dnn = (plan.onednn if plan.backend == 'host' else
                   plan.toolkit.findings['cudnn'].problem is None)
        self._modules = {name: path for name, path in modules().items()
                         if has_dnn or name != 'cupy.cuda.cudnn'}
        self._libraries = _host_libraries(plan.onednn) if (
            plan.backend == 'host') else []

    def products(self):
        """Returns what there is to install: where it goes, where it is."""
        files = [f'{CUDA}/lib{library.name}.so' for library in self._libraries]
        files += [_file(name) for name in self._modules]
        return {file: f'{self._folder}/{file}' for file in files}

    def compile_chains(self):
        """Returns the steps from sources to objects, a chain for each."""
        by_size = sorted(self._modules.items(), reverse=True,
                         key=lambda item: os.path.getsize(item[1]))
        chains = [[self._cython(name, path), self._compile_module(name, path)]
                  for name, path in by_size]
        return chains + [[self._compile(source, library.compile)]
                         for library in self._libraries
                         for source in library.sources]

    def link_chains(self):
        """Returns the steps from objects to modules, a chain for each.

        The first one makes the libraries, which the others refer to.
        """
        libraries = [
            self._link(f'{CUDA}/lib{library.name}.so', library.sources,
                       library.link)
            for library in self._libraries]
        return [libraries, *[
            [self._link(_file(name), [_generated(name)],
                        self._module_link(name))]
            for name in self._modules]]

    def _cython(self, name, path):
        target = _generated(name)
        return make.Step(
            f'cython {path}', target,
            [sys.executable, '-m', 'cython', '-3', '--cplus', '-X',
             'embedsignature=True', '-I', '.', '--module-name', name, path,
             '-o', target],
            cimports.sources(path), None, f'cython {_cython_version()}')

    def _compile_module(self, name, path):
        # Headers of our own lie beside the declarations that name them.
        beside = dict.fromkeys(map(os.path.dirname, cimports.sources(path)))
        if self._plan.backend == 'cuda':
            include_dirs = self._plan.toolkit.include_dirs
        else:
            include_dirs = [f'{HOST}/include']
        return self._compile(_generated(name), [
            '-O2', '-DNDEBUG', '-fwrapv', '-fvisibility=hidden',
            *[f'-iquote{folder}' for folder in beside],
            *[f'-I{folder}' for folder in include_dirs],
            f'-I{compiler.python_include()}'])

    def _compile(self, source, args):
        target = self._object(source)
        ours = source.startswith(HOST)
        warnings = ['-Wall'] * ours + ['-Werror'] * (ours and self._strict)
        return make.Step(
            f'compile {source}', target,
            self._plan.compiler.compile(
                source, *args, *warnings, '-MMD', '-MF', f'{target}.d',
                '-o', target),
            [source], f'{target}.d', self._plan.compiler.version)

    def _link(self, file, sources, args):
        target = f'{self._folder}/{file}'
        objects = [self._object(source) for source in sources]
        return make.Step(
            f'link {file}', target,
            self._plan.compiler.link(
                objects, *args, f'-L{self._folder}/{CUDA}',
                '-Wl,-rpath,$ORIGIN', '-o', target),
            objects, None, self._plan.compiler.version)

    def _module_link(self, name):
        package, _, leaf = name.rpartition('.')
        if package != 'cupy.cuda':
            return []
        if self._plan.backend == 'host':
            return ['-lcupy_host_dnn'] * (leaf == 'cudnn') + ['-lcupy_host']
        findings = self._plan.toolkit.findings
        paths = [findings[key].path for key in findings
                 if key in ('cudart', leaf)]
        return paths + [f'-Wl,-rpath,{folder}'
                        for folder in _search_path(paths)]

    def _object(self, source):
        return f'{self._folder}/{os.path.splitext(source)[0]}.o'


def source_files():
    """Returns the files that a source distribution has to have."""
    return [*modules().values(), *glob.glob('install/*.py'),
            *[path for kind in ('pxd', 'pxi', 'cpp', 'h')
              for path in glob.glob(f'cupy/**/*.{kind}', recursive=True)]]


def _host_libraries(onednn):
    # Square roots that may set errno are not computed in vectors. Contractions
    # would make results depend on the processor.
    compile_args = ['-O3', '-fno-math-errno', '-ffp-contract=off', '-fopenmp',
                    f'-I{HOST}/include', f'-I{HOST}']
    libraries = [_Library('cupy_host', sorted(glob.glob(f'{HOST}/*.cpp')),
                          compile_args, ['-fopenmp', '-ldl'])]
    if onednn:
        # oneDNN's wheel puts its library above site-packages.
        libraries.append(_Library(
            'cupy_host_dnn', sorted(glob.glob(f'{HOST}/dnn/*.cpp')),
            [*compile_args, f'-I{onednn.include}'],
            ['-fopenmp', '-lcupy_host', onednn.library,
             '-Wl,-rpath,$ORIGIN/../../../..']))
    return libraries


def _search_path(paths):
    # What wheels have installed is found also where they move together.
    for folder in dict.fromkeys(map(os.path.dirname, paths)):
        for site in wheels.site_folders():
            if folder.startswith(f'{site}/nvidia/'):
                yield f'$ORIGIN/../../{os.path.relpath(folder, site)}'
        yield folder


def _cython_version():
    return importlib.metadata.version('cython')


def _generated(name):
    return f'{WORK}/cython/{name.replace(".", "/")}.cpp'


def _file(name):
    return name.replace('.', '/') + SUFFIX
