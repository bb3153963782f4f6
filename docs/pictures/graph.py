"""The computational graph of a small net, as Chainer finds it."""
import numpy as np
import svg

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import computational_graph

ROW, COLUMN, WIDTH, HEIGHT = 54, 132, 118, 34


def small_net():
    """Returns the loss of a perceptron with two layers."""
    l1, l2 = L.Linear(784, 100), L.Linear(100, 10)
    l1.W.name, l1.b.name, l2.W.name, l2.b.name = 'W1', 'b1', 'W2', 'b2'
    x = chainer.Variable(np.zeros((32, 784), 'f'), name='x')
    t = chainer.Variable(np.zeros(32, 'i'), name='t')
    loss = F.softmax_cross_entropy(l2(F.relu(l1(x))), t)
    loss.name = 'loss'
    return loss


def place(graph):
    """Returns rows of nodes, each just above the first that needs it."""
    rows = {}
    users = {id(node): [] for node in graph.nodes}
    for tail, head in graph.edges:
        users[id(tail)].append(head)

    def row(node):
        if id(node) not in rows:
            rows[id(node)] = 1 + max(map(row, users[id(node)]), default=-1)
        return rows[id(node)]

    table = [[] for _ in range(1 + max(map(row, graph.nodes)))]
    for node in graph.nodes:
        table[-1 - rows[id(node)]].append(node)
    # The first input stands in the middle, its parameters beside it.
    for nodes, users_of_nodes in zip(table, table[1:]):
        inputs = getattr(users_of_nodes[0], 'inputs', nodes)
        order = [id(node) for node in inputs]
        nodes.sort(key=lambda node, order=order: order.index(id(node)))
        if len(nodes) == 3:
            nodes[:2] = nodes[1::-1]
    return table


def draw():
    graph = computational_graph.build_computational_graph([small_net()])
    table = place(graph)
    width = COLUMN * max(map(len, table))
    drawing = svg.Drawing(width, ROW * len(table))
    middles = {}
    for i, nodes in enumerate(table):
        left = (width - COLUMN * (1 if len(nodes) < 3 else 3)) / 2
        for j, node in enumerate(nodes):
            middles[id(node)] = left + COLUMN * (j + 0.5), ROW * (i + 0.5)
    for tail, head in graph.edges:
        (x0, y0), (x1, y1) = middles[id(tail)], middles[id(head)]
        shift = 0.3 * WIDTH * np.sign(x0 - x1)
        drawing.line([(x0, y0 + HEIGHT / 2), (x1 + shift, y1 - HEIGHT / 2)],
                     arrow=True)
    for node in graph.nodes:
        x, y = middles[id(node)]
        draw_node(drawing, node, x, y)
    return drawing.dump()


def draw_node(drawing, node, x, y):
    """Draws a function as a box and a variable as an oval."""
    box = x - WIDTH / 2, y - HEIGHT / 2, WIDTH, HEIGHT
    if isinstance(node, chainer.Function):
        drawing.box(*box, svg.RED, svg.DARK_RED, 3)
        text = node.label.replace('Function', '').replace('Softmax', '')
        drawing.text(x, y, text, 13, bold=True)
    else:
        drawing.box(*box, svg.BLUE, svg.DARK_BLUE, HEIGHT / 2)
        shape = '×'.join(map(str, node.shape)) or 'a number'
        drawing.text(x, y, f'{node.name}: {shape}' if node.name else shape, 13)
