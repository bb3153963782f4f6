import os
import re
import subprocess
import sys
import unittest

import numpy

import chainer
import chainer.functions as F
from chainer import computational_graph as c


class Node(chainer.Function):
    """Function of any number of inputs and outputs."""

    def __init__(self, n_out=1, label='Node'):
        self.n_out = n_out
        self._label = label

    @property
    def label(self):
        return self._label

    def forward(self, inputs):
        return (inputs[0] * 1,) * self.n_out


def variable(name=None, shape=(2, 3)):
    return chainer.Variable(numpy.zeros(shape, 'f'), name=name)


class TestBuild(unittest.TestCase):

    def check(self, outputs, nodes, edges):
        graph = c.build_computational_graph(outputs)
        self.assertEqual(len(graph.nodes), len(nodes))
        self.assertEqual({id(node) for node in graph.nodes},
                         {id(node) for node in nodes})
        self.assertEqual(len(graph.edges), len(edges))
        self.assertEqual({(id(a), id(b)) for a, b in graph.edges},
                         {(id(a), id(b)) for a, b in edges})

    def test_root(self):
        x = variable()
        self.check([x], [x], [])

    def test_nothing(self):
        self.check([], [], [])

    def test_chain(self):
        # x - f - y - g - z
        x, f, g = variable(), Node(), Node()
        y = f(x)
        z = g(y)
        self.check([z], [x, f, y, g, z], [(x, f), (f, y), (y, g), (g, z)])
        self.check([y], [x, f, y], [(x, f), (f, y)])
        self.check([z, y], [x, f, y, g, z], [(x, f), (f, y), (y, g), (g, z)])

    def test_several_inputs(self):
        x0, x1, f = variable(), variable(), Node()
        y = f(x0, x1)
        self.check([y], [x0, x1, f, y], [(x0, f), (x1, f), (f, y)])

    def test_one_input_twice(self):
        x, f = variable(), Node()
        y = f(x, x)
        self.check([y], [x, f, y], [(x, f), (f, y)])

    def test_several_outputs(self):
        x, f = variable(), Node(n_out=2)
        y, z = f(x)
        self.check([y, z], [x, f, y, z], [(x, f), (f, y), (f, z)])
        self.check([y], [x, f, y], [(x, f), (f, y)])

    def test_diamond(self):
        # x - f - y - g - z, and x goes into g as well.
        x, f, g = variable(), Node(), Node()
        y = f(x)
        z = g(x, y)
        self.check([z], [x, f, y, g, z],
                   [(x, f), (f, y), (x, g), (y, g), (g, z)])

    def test_other_branch_is_not_reachable(self):
        x, f, g = variable(), Node(), Node()
        y, z = f(x), g(x)
        self.check([y], [x, f, y], [(x, f), (f, y)])
        self.check([y, z], [x, f, y, g, z],
                   [(x, f), (f, y), (x, g), (g, z)])

    def test_function_as_output(self):
        x, f, g = variable(), Node(), Node()
        y = f(x)
        z = g(y)
        self.check([g], [x, f, y, g], [(x, f), (f, y), (y, g)])
        self.check([f, z], [x, f, y, g, z],
                   [(x, f), (f, y), (y, g), (g, z)])

    def test_function_without_inputs(self):
        f = Node()
        self.check([f], [f], [])

    def test_unchained(self):
        x, f, g = variable(), Node(), Node()
        y = f(x)
        z = g(y)
        y.unchain_backward()
        self.check([z], [y, g, z], [(y, g), (g, z)])
        z.unchain_backward()
        self.check([z, g], [z, g], [])

    def test_volatile(self):
        x = chainer.Variable(numpy.zeros((2, 3), 'f'), volatile='on')
        y = Node()(x)
        self.check([y], [y], [])

    def test_arrays_as_inputs(self):
        f = Node()
        y = f(numpy.zeros(3, 'f'))
        self.check([y], [f.inputs[0], f, y], [(f.inputs[0], f), (f, y)])

    def test_deep(self):
        x = y = variable()
        for _ in range(10000):
            y = Node()(y)
        graph = c.build_computational_graph([y])
        self.assertEqual(len(graph.nodes), 20001)
        self.assertEqual(len(graph.edges), 20000)
        self.assertIs(graph.nodes[-1], x)
        graph.dump()
        # Freeing a chain of this length must not recurse either.
        y.unchain_backward()

    def test_wide(self):
        # The number of paths is 2 ** 100.
        y = variable()
        for _ in range(100):
            y = Node()(y, Node()(y))
        self.assertEqual(len(c.build_computational_graph([y]).nodes), 401)

    def test_remove_split(self):
        with self.assertRaisesRegex(ValueError, 'remove_split'):
            c.build_computational_graph([variable()], remove_split=False)

    def test_not_a_list(self):
        for output in (variable(), Node()):
            with self.assertRaisesRegex(TypeError, 'must be a list'):
                c.build_computational_graph(output)

    def test_not_a_node(self):
        with self.assertRaisesRegex(TypeError, 'ndarray'):
            c.build_computational_graph([variable(), numpy.zeros(3)])

    def test_options_are_passed_on(self):
        graph = c.build_computational_graph(
            [variable()], True, {'a': 'b'}, {'c': 'd'}, 'LR')
        self.assertIn('a="b"', graph.dump())
        self.assertIn('rankdir=LR', graph.dump())
        self.assertEqual(graph.function_style['c'], 'd')


class TestDump(unittest.TestCase):

    def setUp(self):
        self.x = variable(name='x')
        self.y = Node(label='f')(self.x)

    def dump(self, outputs=None, **options):
        outputs = [self.y] if outputs is None else outputs
        return c.build_computational_graph(outputs, **options).dump()

    def label(self, node):
        """Returns the label of a lonely node as DOT has it."""
        return re.search(r'label="((?:[^"\\]|\\.)*)"', self.dump([node]))[1]

    def test_text(self):
        variable_style = 'shape="octagon",fillcolor="#E0E0E0",style="filled"'
        function_style = 'shape="record",fillcolor="#6495ED",style="filled"'
        self.assertEqual(
            self.dump(),
            'digraph graphname{rankdir=TB;'
            f'0 [label="(2, 3), float32",{variable_style}];'
            f'1 [label="f",{function_style}];'
            f'2 [label="x: (2, 3), float32",{variable_style}];'
            '1 -> 0;2 -> 1;}')

    def test_format(self):
        graph = c.build_computational_graph([self.y])
        self.assertEqual(graph.dump(format='dot'), graph.dump())
        with self.assertRaisesRegex(ValueError, "'svg'"):
            graph.dump('svg')

    def test_rankdir(self):
        for rankdir in ('TB', 'BT', 'LR', 'RL'):
            self.assertTrue(self.dump(rankdir=rankdir).startswith(
                f'digraph graphname{{rankdir={rankdir};'))
        for rankdir in ('tb', 'down', None):
            with self.assertRaisesRegex(ValueError, 'rankdir'):
                self.dump(rankdir=rankdir)

    def test_styles(self):
        text = self.dump(variable_style={'shape': 'box', 'width': 3},
                         function_style={'fillcolor': 'red'})
        self.assertEqual(text.count('shape="box"'), 2)
        self.assertEqual(text.count('width="3"'), 2)
        self.assertNotIn('octagon', text)
        self.assertEqual(text.count('fillcolor="#E0E0E0"'), 2)
        self.assertEqual(text.count('fillcolor="red"'), 1)
        self.assertEqual(text.count('shape="record"'), 1)

    def test_styles_of_one_graph_stay_there(self):
        before = self.dump()
        self.dump(variable_style={'shape': 'box'})
        self.assertEqual(self.dump(), before)

    def test_labels(self):
        self.assertEqual(self.label(self.x), 'x: (2, 3), float32')
        self.assertEqual(self.label(variable()), '(2, 3), float32')
        self.assertEqual(self.label(variable('loss', ())), 'loss: float32')
        self.assertEqual(self.label(Node(label='_ + _')), '_ + _')

    def test_labels_are_escaped(self):
        self.assertEqual(self.label(Node(label='a "b"')), r'a \"b\"')
        self.assertEqual(self.label(Node(label='{a|b}')), r'\{a\|b\}')
        self.assertEqual(self.label(Node(label='<lambda>')), r'\<lambda\>')
        self.assertEqual(self.label(Node(label='a\\')), 'a\\\\')
        self.assertEqual(self.label(Node(label='a\nb')), r'a\nb')

    def test_by_hand(self):
        f = Node(label='f')
        graph = c.ComputationalGraph([self.x, f], [(self.x, f)])
        self.assertTrue(graph.dump().endswith('0 -> 1;}'))

    def test_same_in_each_process(self):
        code = '''
import numpy
import chainer
import chainer.functions as F
from chainer import computational_graph

x = chainer.Variable(numpy.ones((2, 3), 'f'))
y = F.sum(F.relu(x) * F.sigmoid(x) + x * x)
print(computational_graph.build_computational_graph([y]).dump())
'''
        root = os.path.dirname(os.path.dirname(chainer.__file__))
        texts = {subprocess.run(
            [sys.executable, '-c', code], stdout=subprocess.PIPE, check=True,
            env=dict(os.environ, PYTHONPATH=root, PYTHONHASHSEED=seed)).stdout
            for seed in '12'}
        self.assertEqual(len(texts), 1)
        self.assertIn(b'label="ReLU"', texts.pop())

    def test_real_functions(self):
        loss = F.sum(F.relu(self.x))
        text = self.dump([loss])
        for label in ('ReLU', 'Sum', 'x: (2, 3), float32', 'float32'):
            self.assertIn(f'label="{label}"', text)
