import copy
import heapq

from chainer import initializers
from chainer.functions.loss import hierarchical_softmax
from chainer.links.loss import companion
from chainer.utils import argument

# v1 had them here.
TreeParser = hierarchical_softmax.TreeParser
BinaryHierarchicalSoftmaxFunction = (
    hierarchical_softmax.BinaryHierarchicalSoftmaxFunction)


class BinaryHierarchicalSoftmax(companion.CompanionLink):
    """Hierarchical softmax layer over a binary tree.

    A softmax over a large vocabulary is expensive. Here the words are the
    leaves of a binary tree. Each inner node :math:`e` has a weight vector
    :math:`w_e` and decides, with a sigmoid function :math:`\\sigma`, between
    its children. The probability of a word is the product of the decisions on
    the way to it:

    .. math::
       P(t | x) = \\prod_{(e, b) \\in \\mathrm{path}(t)}
                  \\sigma(b \\, x^\\top w_e),

    where :math:`b` is 1 for a turn to the left and -1 for one to the right.
    The loss, :math:`-\\log P(t | x)`, costs as much time as the path is long:
    about :math:`\\log_2 V` for :math:`V` words in a balanced tree. There are
    :math:`V - 1` inner nodes.

    Only the parameter is saved: the tree is part of the program.

    Args:
        in_size (int): Size ``N`` of an input vector.
        tree: Binary tree made of tuples, like ``((1, 2), 3)``. Its leaves are
            different integers from 0 on, the words. Inner nodes are numbered
            from the root, each before its children, the left one first.

    Raises:
        ValueError: If an inner node is not a pair, or two leaves are the same,
            or one is negative.
        TypeError: If a leaf is not an integer.

    Attributes:
        W (Variable): Weights, shape ``(V - 1, N)``, float32. They start
            uniformly distributed between -1 and 1.

    See: `Hierarchical Probabilistic Neural Network Language Model
    <http://www.gatsby.ucl.ac.uk/aistats/fullpapers/208.pdf>`_.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.links as L
       >>> tree = L.BinaryHierarchicalSoftmax.create_huffman_tree(
       ...     {0: 8, 1: 5, 2: 6, 3: 4})
       >>> layer = L.BinaryHierarchicalSoftmax(2, tree)
       >>> x = np.ones((1, 2), 'f')
       >>> losses = [layer(x, np.array([t], 'i')).data for t in range(4)]
       >>> round(float(np.exp(-np.array(losses)).sum()), 4)
       1.0

    """

    companion_name = '_func'

    def __init__(self, in_size, tree):
        argument.check_sizes(0, in_size=in_size)
        function = BinaryHierarchicalSoftmaxFunction(tree)
        super().__init__(W=(function.parser_size, in_size))
        initializers.init_weight(self.W.data, initializers.Uniform(1))
        self._func = function

    @staticmethod
    def create_huffman_tree(word_counts):
        """Makes the tree in which frequent words have short paths.

        Huffman's algorithm joins the two nodes of the lowest counts until one
        is left. Of equal counts the first one in the dictionary counts as the
        lower one, where an inner node stands at the place of its first word.

        Args:
            word_counts (dict): Count of each word: integers and numbers.

        Returns:
            Binary tree made of tuples, with the keys of ``word_counts`` as
            leaves.

        Raises:
            ValueError: If there is no word, or a count is not a number from 0
                on.

        .. admonition:: Example

           >>> import chainer.links as L
           >>> L.BinaryHierarchicalSoftmax.create_huffman_tree(
           ...     {0: 8, 1: 5, 2: 6, 3: 4})
           ((3, 1), (2, 0))

        """
        if len(word_counts) == 0:
            raise ValueError('a Huffman tree needs one word at least, but '
                             'word_counts is empty')
        for word, count in word_counts.items():
            if not count >= 0:
                raise ValueError(f'a count must be a number from 0 on, but '
                                 f'that of word {word!r} is {count}')
        # Of equal counts the rank decides; nodes are never compared.
        nodes = [(count, rank, word) for rank, (word, count)
                 in enumerate(word_counts.items())]
        heapq.heapify(nodes)
        while len(nodes) > 1:
            count, rank, left = heapq.heappop(nodes)
            right_count, right_rank, right = heapq.heappop(nodes)
            heapq.heappush(nodes, (
                count + right_count, min(rank, right_rank), (left, right)))
        return nodes[0][2]

    def __call__(self, x, t):
        """Computes the loss.

        Args:
            x (Variable): Minibatch of vectors, shape ``(B, N)``.
            t (Variable): Words, shape ``(B,)``, int32.

        Returns:
            Variable: Scalar: the sum over the minibatch.

        Raises:
            ValueError: If a label is not a leaf of the tree.

        """
        return copy.copy(self._func)(x, t, self.W)
