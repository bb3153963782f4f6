"""Extension that draws the curves of a training."""
import contextlib
import importlib
import json
import os
import warnings

from chainer import reporter
from chainer.training import extension
from chainer.training import trigger as trigger_module
from chainer.utils import atomic_file


class PlotReport(extension.Extension):
    """Extension that draws observed values as curves into an image file.

    At each call, which is after each iteration by default, the observed
    numbers are added to a summary. When the trigger given to the constructor
    fires, the means of the summary make one point of each curve, the image is
    written, and a new summary begins. A value that was not observed since the
    last point has no point this time. The image is replaced in one step, so
    that it can be looked at while the training runs.

    It takes matplotlib. Where that is missing, a warning tells so when the
    extension is made, and the training goes on without the image::

        if extensions.PlotReport.available():
            trainer.extend(extensions.PlotReport(
                ['main/loss', 'validation/main/loss'], 'epoch',
                file_name='loss.png'))

    The settings of ``matplotlib.pyplot``, its current figure and its backend,
    are neither used nor changed.

    The points and the unfinished summary are saved in snapshots: the curves of
    a resumed training are those of one that was never stopped. A snapshot of a
    training without this extension can be resumed, too: the curves then begin
    where it does.

    Args:
        y_keys (str or iterable of str): Names of the values to draw, a curve
            for each.
        x_key (str): What the horizontal axis shows: ``'iteration'``,
            ``'epoch'``, or the name of another value.
        trigger: Trigger that ends a summary; see
            :func:`~chainer.training.get_trigger`. It is not the trigger of the
            extension itself.
        postprocess: Function that is called before the image is written, with
            the figure and the axes of matplotlib and with the
            :class:`~chainer.reporter.DictSummary` of the newest points. It may
            change the figure: ``lambda figure, axes, summary:
            axes.set_yscale('log')``.
        file_name (str): Name of the image in the output directory. What
            follows the last dot is the format: ``png``, ``pdf``, ``svg`` and
            others.
        marker (str): Marker of matplotlib that stands at each point; ``None``
            for lines alone.
        grid (bool): Whether a grid is drawn.

    """

    def __init__(self, y_keys, x_key='iteration', trigger=(1, 'epoch'),
                 postprocess=None, file_name='plot.png', marker='x',
                 grid=True):
        self._y_keys = [y_keys] if isinstance(y_keys, str) else list(y_keys)
        self._x_key = x_key
        self._trigger = trigger_module.get_trigger(trigger)
        self._postprocess = postprocess
        self._file_name = file_name
        self._marker = marker
        self._grid = grid
        self._points = {key: [] for key in self._y_keys}
        self._summary = reporter.DictSummary()
        if not self.available():
            warnings.warn(
                f'PlotReport draws no {file_name}, as matplotlib cannot be '
                f'imported: pip install matplotlib', stacklevel=2)

    @staticmethod
    def available():
        """Tells whether there is matplotlib, without which nothing is drawn.

        Returns:
            bool: Whether it can be imported.

        """
        return _import_matplotlib() is not None

    def __call__(self, trainer):
        """Adds the observation to the summary; draws if it is time.

        Args:
            trainer (Trainer): Trainer with the observation.

        """
        self._summary.add({
            key: trainer.observation[key]
            for key in {*self._y_keys, self._x_key}
            if key in trainer.observation})
        if self._trigger(trainer):
            self._add_points(trainer.updater)
            if self.available() and any(self._points.values()):
                self._write(trainer.out)
            self._summary = reporter.DictSummary()

    def _add_points(self, updater):
        values = {**self._summary.compute_mean(), 'epoch': updater.epoch,
                  'iteration': updater.iteration}
        for key, points in self._points.items():
            if key in values and self._x_key in values:
                points.append([values[self._x_key], values[key]])

    def _write(self, directory):
        figure = self._draw()
        path = os.path.join(directory, self._file_name)
        # The temporary file has another extension.
        suffix = os.path.splitext(path)[1][1:] or 'png'
        with atomic_file.replace(path) as temporary:
            figure.savefig(temporary, format=suffix, bbox_inches='tight')

    def _draw(self):
        # pyplot would keep each figure, and might open a window.
        make_figure, make_canvas = _import_matplotlib()
        figure = make_figure()
        make_canvas(figure)
        axes = figure.add_subplot(1, 1, 1)
        for key, points in self._points.items():
            if points:
                xs, ys = zip(*points)
                axes.plot(xs, ys, marker=self._marker, label=key)
        axes.set_xlabel(self._x_key)
        if self._x_key in ('epoch', 'iteration'):
            axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(self._grid)
        if self._postprocess is not None:
            self._postprocess(figure, axes, self._summary)
        axes.legend()
        return figure

    def serialize(self, serializer):
        """Saves or loads the points, the summary and the trigger.

        Args:
            serializer (~chainer.AbstractSerializer): Serializer or
                deserializer.

        """
        if hasattr(self._trigger, 'serialize'):
            self._trigger.serialize(serializer['_trigger'])
        # Curves are no reason to refuse a snapshot that has none.
        with contextlib.suppress(KeyError):
            points = json.loads(
                serializer('_points', json.dumps(self._points)))
            self._summary.serialize(serializer['_summary'])
            self._points = {key: points.get(key, []) for key in self._y_keys}


def _import_matplotlib():
    """Returns the classes of a figure and of what draws it, or ``None``.

    It is imported when it is needed, as that takes longer than to import all
    of Chainer.
    """
    try:
        return (importlib.import_module('matplotlib.figure').Figure,
                importlib.import_module(
                    'matplotlib.backends.backend_agg').FigureCanvasAgg)
    except ImportError:
        return None
