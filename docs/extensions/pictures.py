"""Draws the pictures of the manual before its pages are read.

Each module of docs/pictures has a function ``draw``, which returns the text
of an SVG; the picture is named after the module.
"""
import importlib.util
import pathlib

SCRIPTS = pathlib.Path(__file__).resolve().parents[1] / 'pictures'


def draw_all(app):
    """Writes those pictures that are not newer than their scripts."""
    folder = pathlib.Path(app.srcdir) / 'pictures'
    folder.mkdir(exist_ok=True)
    for script in sorted(SCRIPTS.glob('[a-z]*.py')):
        picture = folder / f'{script.stem}.svg'
        if (not picture.exists()
                or picture.stat().st_mtime < script.stat().st_mtime):
            spec = importlib.util.spec_from_file_location(script.stem, script)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            picture.write_text(module.draw(), encoding='utf-8')


def setup(app):
    app.connect('builder-inited', draw_all)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
