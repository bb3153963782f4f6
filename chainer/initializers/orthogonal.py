import numpy

from chainer import cuda, initializer


class Orthogonal(initializer.Initializer):
    """Initializes an array with orthogonal vectors.

    Each ``array[i]`` becomes one of the vectors: they are orthogonal to each
    other, and each has the length ``scale``. They are the singular vectors of
    a matrix of normally distributed numbers, so that no axis is preferred.

    There cannot be more vectors than each has elements.

    See: Saxe et al., `Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks <https://arxiv.org/abs/1312.6120>`_.

    Args:
        scale (float): Length of each vector.
        dtype: Data type of the arrays to initialize. By default any will do.

    Attributes:
        scale (float): Length of each vector.
        dtype: Data type of the arrays to initialize, or ``None``.

    """

    def __init__(self, scale=1.1, dtype=None):
        super().__init__(dtype)
        self.scale = scale

    def __call__(self, array):
        self.check_dtype(array)
        if array.ndim == 0:
            array[...] = self.scale
            return
        if array.size == 0:
            raise ValueError(f'Orthogonal initializes arrays that are not '
                             f'empty, but got one of shape {array.shape}')
        count, length = len(array), array.size // len(array)
        if count > length:
            raise ValueError(
                f'an array of shape {array.shape} holds {count} vectors of '
                f'length {length}: no more than {length} of them can be '
                f'orthogonal')
        matrix = numpy.random.normal(size=(count, length))
        left, _, right = numpy.linalg.svd(matrix, full_matrices=False)
        vectors = left if count == length else right
        with cuda.get_device(array):
            xp = cuda.get_array_module(array)
            array[...] = xp.asarray(vectors.reshape(array.shape) * self.scale)
