import numbers

import numpy

from chainer import cuda, mode
from chainer.functions.loss import row_loss
from chainer.utils import type_check


class TreeParser:
    """Reads the paths to the leaves of a binary tree.

    Inner nodes are pairs, leaves are numbers from 0 on. Inner nodes get
    numbers, too: a node comes before its children, all nodes on its left
    before those on its right.
    """

    def __init__(self):
        self.next_id = 0
        self.paths = {}
        self.codes = {}

    def size(self):
        """Returns the number of inner nodes."""
        return self.next_id

    def get_paths(self):
        """Returns for each leaf the numbers of the inner nodes above it."""
        return self.paths

    def get_codes(self):
        """Returns for each leaf the turns to it: 1 is left, -1 is right."""
        return self.codes

    def parse(self, tree):
        """Reads a tree.

        Args:
            tree: Binary tree made of tuples, like ``((1, 2), 3)``.

        Raises:
            ValueError: If an inner node is not a pair, or two leaves have the
                same number, or one a negative number.
            TypeError: If a leaf is not an integer.

        """
        # Not recursive: a tree may be deeper than Python's stack.
        stack = [(tree, (), ())]
        while stack:
            node, path, code = stack.pop()
            if isinstance(node, tuple):
                left, right = self._children(node)
                path += self.next_id,
                self.next_id += 1
                stack.append((right, path, (*code, -1)))
                stack.append((left, path, (*code, 1)))
            else:
                self._check_leaf(node)
                self.paths[int(node)] = numpy.array(path, dtype=numpy.int32)
                self.codes[int(node)] = numpy.array(code, dtype=numpy.float32)

    def _children(self, node):
        if len(node) != 2:
            raise ValueError(f'each inner node of a tree must be a pair of '
                             f'nodes, but one has {len(node)}: {node!r:.60}')
        return node

    def _check_leaf(self, leaf):
        if not isinstance(leaf, numbers.Integral):
            raise TypeError(f'a tree is made of tuples and integers, but '
                            f'contains {leaf!r:.60}, a {type(leaf).__name__}')
        if leaf < 0:
            raise ValueError(f'the leaves of a tree must be numbers from 0 '
                             f'on, but one is {leaf}')
        if leaf in self.paths:
            raise ValueError(f'the leaf {leaf} is twice in the tree')


class BinaryHierarchicalSoftmaxFunction(row_loss.LogisticRowLoss):
    """Loss of the decisions on the way to a leaf of a binary tree.

    Attributes:
        paths (array): Inner nodes on the way to each leaf, one leaf after the
            other.
        codes (array): The turns taken there, 1 for left and -1 for right.
        begins (array): Where the part of each leaf begins in these.
        is_leaf (array): Whether the tree has a leaf of this number.
        parser_size (int): Number of inner nodes.

    """

    def __init__(self, tree):
        parser = TreeParser()
        parser.parse(tree)
        paths, codes = parser.get_paths(), parser.get_codes()
        leaves = sorted(paths)
        lengths = numpy.zeros(leaves[-1] + 1, dtype=numpy.int32)
        lengths[leaves] = [len(paths[leaf]) for leaf in leaves]
        self.is_leaf = numpy.zeros(len(lengths), dtype=bool)
        self.is_leaf[leaves] = True
        self.paths = numpy.concatenate([paths[leaf] for leaf in leaves])
        self.codes = numpy.concatenate([codes[leaf] for leaf in leaves])
        self.begins = numpy.append(0, lengths.cumsum()).astype(numpy.int32)
        self.parser_size = parser.size()
        self.max_length = int(lengths.max())

    def to_gpu(self):
        """Moves the tree to the current device."""
        device = cuda.Device()
        self._move(lambda array: cuda.send(array, device))

    def to_cpu(self):
        """Moves the tree to host memory."""
        self._move(cuda.to_cpu)

    def _move(self, move):
        for name in 'paths', 'codes', 'begins', 'is_leaf':
            setattr(self, name, move(getattr(self, name)))

    def check_type_forward(self, in_types):
        super().check_type_forward(in_types)
        type_check.expect(in_types[2].shape[0] == self.parser_size)

    def select(self, inputs):
        x, t, _ = inputs
        self._check_labels(t)
        begins = self.begins[t]
        lengths = self.begins[t + 1] - begins
        owners = numpy.arange(len(x)).repeat(lengths)
        # The first place of each path here, where all lie end to end, less
        # the first place there.
        shift = lengths.cumsum() - lengths - begins
        places = numpy.arange(len(owners)) - shift.repeat(lengths)
        self.signs = self.codes[places]
        return owners, self.paths[places]

    def select_gpu(self, inputs):
        t = inputs[1]
        if mode.is_debug():
            self._check_labels(t)
        # Behind the end of a path there are no decisions. A number that is
        # no leaf has one, at a node that does not exist.
        shape = len(t), max(self.max_length, 1)
        rows = cuda.cupy.empty(shape, 'i')
        self.signs = cuda.cupy.empty(shape, 'f')
        cuda.elementwise(
            'raw I t, raw int32 paths, raw float32 codes, raw int32 begins, '
            'raw bool is_leaf, int32 length',
            'raw int32 rows, raw float32 signs',
            '''
            const ptrdiff_t leaf = t[i / length];
            const int k = i % length;
            rows[i] = -1;
            if (leaf < 0 || leaf >= is_leaf.size() || !is_leaf[leaf]) {
              signs[i] = k == 0;
            } else if (k < begins[leaf + 1] - begins[leaf]) {
              rows[i] = paths[begins[leaf] + k];
              signs[i] = codes[begins[leaf] + k];
            } else {
              signs[i] = 0;
            }
            ''', 'hierarchical_softmax_select')(
                t, self.paths, self.codes, self.begins, self.is_leaf,
                shape[1], rows, self.signs, size=rows.size)
        return rows

    def _check_labels(self, t):
        xp = cuda.get_array_module(t)
        known = (t >= 0) & (t < len(self.is_leaf))
        known &= self.is_leaf[xp.where(known, t, 0)]
        if not known.all():
            raise ValueError(
                f'labels t must be leaves of the tree, which has '
                f'{self.is_leaf.sum()} between {self.is_leaf.argmax()} and '
                f'{len(self.is_leaf) - 1}, but there is {t[~known][0]}')
