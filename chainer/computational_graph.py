"""Drawing of computational graphs."""
from chainer import function, variable

_variable_style = {
    'shape': 'octagon', 'fillcolor': '#E0E0E0', 'style': 'filled'}
_function_style = {
    'shape': 'record', 'fillcolor': '#6495ED', 'style': 'filled'}


class ComputationalGraph:
    """Graph of variables and functions, ready to be drawn.

    It is directed and has no cycles. Usually it is made by
    :func:`build_computational_graph`.

    Args:
        nodes (list): Variables and functions.
        edges (list of tuple): Pairs of nodes: from an input to a function, or
            from a function to an output.
        variable_style (dict): Attributes of the nodes that stand for
            variables, which replace or add to the default ones: names and
            values of the DOT language, such as ``{'fillcolor': '#E0E0E0'}``.
        function_style (dict): Attributes of the nodes that stand for
            functions.
        rankdir (str): Direction of the edges: ``'TB'`` (top to bottom),
            ``'BT'``, ``'LR'`` (left to right) or ``'RL'``.

    Raises:
        ValueError: If ``rankdir`` is none of these.

    """

    def __init__(self, nodes, edges, variable_style=None, function_style=None,
                 rankdir='TB'):
        if rankdir not in ('TB', 'BT', 'LR', 'RL'):
            raise ValueError(f'rankdir must be TB, BT, LR or RL, but got '
                             f'{rankdir!r}')
        self.nodes = nodes
        self.edges = edges
        self.variable_style = {**_variable_style, **(variable_style or {})}
        self.function_style = {**_function_style, **(function_style or {})}
        self.rankdir = rankdir

    def dump(self, format='dot'):
        """Returns the graph as a text.

        Variables are labeled with their name, shape and type, functions with
        their label. The same graph always gives the same text.

        Args:
            format (str): Language of the text. There is only ``'dot'``, the
                language of Graphviz.

        Returns:
            str: The text.

        Raises:
            ValueError: If the format is another.

        """
        if format != 'dot':
            raise ValueError(f"the only format is 'dot', but got {format!r}")
        numbers = {id(node): i for i, node in enumerate(self.nodes)}
        nodes = ''.join(f'{numbers[id(node)]} [{self._attributes(node)}];'
                        for node in self.nodes)
        edges = ''.join(f'{numbers[id(tail)]} -> {numbers[id(head)]};'
                        for tail, head in self.edges)
        return f'digraph graphname{{rankdir={self.rankdir};{nodes}{edges}}}'

    def _attributes(self, node):
        if isinstance(node, variable.Variable):
            style = self.variable_style
        else:
            style = self.function_style
        attributes = {'label': _escape_record(_label(node)), **style}
        return ','.join(f'{key}={_quote(value)}'
                        for key, value in attributes.items())


def build_computational_graph(outputs, remove_split=True, variable_style=None,
                              function_style=None, rankdir='TB'):
    """Builds the graph of everything that some results were computed from.

    Starting at ``outputs``, it goes from variables to their creators and from
    functions to their inputs, as backprop does. Hence it stops where
    :meth:`Variable.unchain_backward()
    <chainer.Variable.unchain_backward>` has cut the graph, and further outputs
    of a function that nothing here was computed from are not part of it::

        x ---> f ---> y
               |
               +----> z       the graph of [y] is x ---> f ---> y

    Args:
        outputs (list): Variables or functions to start from.
        remove_split (bool): Must be ``True``; it remains from older versions.
        variable_style (dict): See :class:`ComputationalGraph`.
        function_style (dict): See :class:`ComputationalGraph`.
        rankdir (str): See :class:`ComputationalGraph`.

    Returns:
        ComputationalGraph: The graph.

    Raises:
        TypeError: If ``outputs`` is not a list of variables and functions.
        ValueError: If ``remove_split`` is not true, or ``rankdir`` is unknown.

    .. admonition:: Example

       >>> import numpy
       >>> import chainer
       >>> import chainer.functions as F
       >>> from chainer import computational_graph
       >>> x = chainer.Variable(numpy.ones((2, 3), 'f'), name='x')
       >>> graph = computational_graph.build_computational_graph([F.relu(x)])
       >>> len(graph.nodes), len(graph.edges)
       (3, 2)

    """
    if not remove_split:
        raise ValueError('remove_split=False is not supported any more: '
                         'graphs have no functions that split variables')
    if isinstance(outputs, (variable.Variable, function.Function)):
        raise TypeError('outputs must be a list: put the single one into [ ]')

    nodes, edges = {}, {}
    stack = []

    def visit(node):
        if id(node) not in nodes:
            nodes[id(node)] = node
            stack.append(node)

    for node in outputs:
        if not isinstance(node, (variable.Variable, function.Function)):
            raise TypeError(f'outputs must be Variables or Functions, but got '
                            f'{type(node)}')
        visit(node)
    while stack:
        node = stack.pop()
        for source in _sources(node):
            edges[id(source), id(node)] = source, node
            visit(source)
    return ComputationalGraph(list(nodes.values()), list(edges.values()),
                              variable_style, function_style, rankdir)


def _sources(node):
    if isinstance(node, function.Function):
        return node.inputs or ()
    return () if node.creator is None else (node.creator,)


def _label(node):
    if isinstance(node, variable.Variable) and node.name is not None:
        return f'{node.name}: {node.label}'
    return node.label


def _escape_record(text):
    """Escapes what has a meaning in the label of a node of shape record."""
    return ''.join('\\' + c if c in '\\{}|<>' else c for c in text)


def _quote(value):
    text = str(value).replace('"', '\\"').replace('\n', '\\n')
    return f'"{text}"'
