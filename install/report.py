"""Says what was found, to who builds and to who imports."""
from install import cuda, openblas, utils, versions

_TITLES = {'cuda': 'CUDA', 'host': 'the host device, which is the CPU'}


def show(plan):
    """Prints what is built, with what, and what is missing."""
    if plan.backend == 'none':
        utils.print_warning(
            'CuPy is left out: Chainer runs on NumPy alone', *plan.notes)
        return
    rows = [('C++ compiler', plan.compiler.version)]
    notes = list(plan.notes)
    if plan.toolkit:
        rows += _toolkit_rows(plan.toolkit)
    else:
        rows += [('oneDNN', plan.onednn.version)] if plan.onednn else []
        try:
            rows.append(('OpenBLAS', openblas.find()))
        except utils.Missing as missing:
            notes.append(str(missing))
    print(f'CuPy is built for {_TITLES[plan.backend]} '
          f'(CUPY_BACKEND=cuda, host or none chooses)')
    for title, text in rows:
        print(f'  {title:13} {text}')
    for note in notes:
        print(f'  - {note}')


def module(plan):
    """Returns the text of ``cupy/_build.py``.

    An installer hides what a build prints; this lasts.
    """
    lines = ''.join(f'    {note!r},\n' for note in plan.notes)
    return (f'"""What the build decided; written by it."""\n'
            f'BACKEND = {plan.backend!r}\n'
            f'NOTES = [\n{lines}]\n')


def _toolkit_rows(toolkit):
    rows = []
    for key, found in toolkit.findings.items():
        if found.problem is None:
            version = versions.text(found.version) if found.version else ''
            rows.append((cuda.LIBRARIES[key].title,
                         f'{version} ({found.path})'.strip()))
    return rows
