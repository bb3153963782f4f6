"""Extension that draws the computational graph."""
import os

from chainer import computational_graph, variable
from chainer.training import extension
from chainer.utils import atomic_file


def dump_graph(root_name, out_name='cg.dot', variable_style=None,
               function_style=None):
    """Returns an extension that writes the computational graph of a value.

    The graph is written in the DOT language, which the ``dot`` command of
    Graphviz makes pictures of. By default the extension is called only in the
    first iteration of a training, and so not in a resumed one.

    Args:
        root_name (str): Name in the observation of the value where the graph
            ends, such as ``'main/loss'``. It must be a variable.
        out_name (str): Name of the file in the output directory.
        variable_style (dict): Style of the nodes of variables; see
            :func:`~chainer.computational_graph.build_computational_graph`.
        function_style (dict): Style of the nodes of functions.

    Returns:
        The extension. It raises a ``KeyError`` if nothing of that name was
        observed, and a ``TypeError`` if it is not a variable.

    """
    @extension.make_extension(
        trigger=lambda trainer: trainer.updater.iteration == 1)
    def dump_graph(trainer):
        graph = computational_graph.build_computational_graph(
            [_get_root(trainer.observation, root_name)],
            variable_style=variable_style, function_style=function_style)
        path = os.path.join(trainer.out, out_name)
        with atomic_file.replace(path) as temporary:
            with open(temporary, 'w', encoding='utf-8') as f:
                f.write(graph.dump())

    return dump_graph


def _get_root(observation, name):
    if name not in observation:
        raise KeyError(
            f'cannot draw the graph of {name!r}: it was not observed in this '
            f'iteration, only {list(observation)}')
    root = observation[name]
    if not isinstance(root, variable.Variable):
        raise TypeError(
            f'cannot draw the graph of {name!r}: it is not a Variable but a '
            f'{type(root).__name__}')
    return root
