"""How code that calls CUDA is compiled here, and whether CUDA is new enough.

The names and signatures are those of Chainer v1, whose build scripts called
them.
"""
from install import cuda, utils, versions


def get_compiler_setting():
    """Returns the settings with which code that calls CUDA is compiled.

    Returns:
        dict: Arguments of an ``Extension``: ``include_dirs``,
        ``library_dirs``, ``define_macros`` and ``language``. The folders are
        those of the place that is looked at first and has anything of CUDA.
    """
    place = next((place for place in cuda.places()
                  if versions.cuda(place.include_dirs)),
                 cuda.Place('nowhere', [], []))
    return {
        'include_dirs': list(place.include_dirs),
        'library_dirs': list(place.library_dirs),
        'define_macros': [],
        'language': 'c++',
    }


def check_cuda_version(compiler, settings):
    """Tells whether CUDA's headers are there and new enough.

    If not, it prints a warning that says what was found.

    Args:
        compiler: Not used: the version is read, nothing is compiled.
        settings (dict): What :func:`get_compiler_setting` returns.

    Returns:
        bool: Whether CuPy can be built with them.
    """
    return _check('CUDA', versions.cuda(settings['include_dirs']),
                  versions.MINIMUM_CUDA, settings)


def check_cudnn_version(compiler, settings):
    """Tells whether cuDNN's headers are there and new enough.

    Arguments and results are those of :func:`check_cuda_version`.
    """
    return _check('cuDNN', versions.cudnn(settings['include_dirs']),
                  versions.MINIMUM_CUDNN, settings)


def _check(title, version, minimum, settings):
    if version is None:
        utils.print_warning(
            f"{title}'s headers were not found",
            f'looked into: {", ".join(settings["include_dirs"]) or "nothing"}',
            'set CUDA_PATH to the folder that holds CUDA')
    elif version < minimum:
        utils.print_warning(
            f'{title} {versions.text(version)} is too old',
            f'CuPy needs {versions.text(minimum)} or later')
    return version is not None and version >= minimum
