"""From a list of examples to the arrays that a network takes."""
import numpy

from chainer import cuda


def concat_examples(batch, device=None, padding=None):
    """Joins the examples of a batch into arrays.

    An iterator yields a list of :math:`N` examples. If each is an array of
    shape :math:`s`, the result is one array of shape :math:`(N,) + s`. If each
    is a tuple of arrays, the result is a tuple of such arrays, and if each is
    a dictionary of arrays, it is a dictionary of them with the same keys.
    Numbers and lists of numbers are taken as :func:`numpy.asarray` takes them.

    The arrays that are joined must have one shape. Given ``padding``, they
    only need the same number of dimensions: the result is as large as the
    largest of them along each axis, every example is put into its low corner,
    and the rest is filled with ``padding``. The dtype stays that of the
    examples.

    Args:
        batch (list): Examples, all of one kind.
        device (int): Device that the arrays are sent to; a negative number is
            the host. By default they stay where they are.
        padding: Number that fills the places that no example reaches, or a
            tuple or dictionary of such numbers for examples of that kind.
            ``None`` means that all shapes must be equal.

    Returns:
        Array, tuple of arrays, or dictionary of arrays.

    Raises:
        ValueError: If there are no examples, or if they do not fit each other:
            different shapes, different keys, tuples of different lengths.

    .. admonition:: Example

       >>> import numpy
       >>> from chainer.dataset import concat_examples
       >>> x, t = concat_examples([(numpy.zeros(2), 0), (numpy.ones(2), 1)])
       >>> x
       array([[0., 0.],
              [1., 1.]])
       >>> t
       array([0, 1])
       >>> concat_examples([numpy.array([1]), numpy.array([2, 3])], padding=-1)
       array([[ 1, -1],
              [ 2,  3]])

    """
    if len(batch) == 0:
        raise ValueError(
            'the batch is empty: there are no examples to make arrays of')

    first = batch[0]
    if isinstance(first, tuple):
        _check_tuples(batch)
        paddings = _paddings(padding, tuple, range(len(first)))
        return tuple([
            _concat([example[i] for example in batch], device, paddings[i],
                    f'item {i} of the examples')
            for i in range(len(first))])
    if isinstance(first, dict):
        _check_dictionaries(batch)
        paddings = _paddings(padding, dict, first)
        return {
            key: _concat([example[key] for example in batch], device,
                         paddings[key], f'item {key!r} of the examples')
            for key in first}
    return _concat(batch, device, padding, 'the examples')


def _check_tuples(batch):
    length = len(batch[0])
    for i, example in enumerate(batch):
        if not isinstance(example, tuple) or len(example) != length:
            raise ValueError(
                'the examples of a batch must be of one kind: example 0 is a '
                f'tuple of {length} items, example {i} is {_kind(example)}')


def _check_dictionaries(batch):
    keys = batch[0].keys()
    for i, example in enumerate(batch):
        if not isinstance(example, dict) or example.keys() != keys:
            raise ValueError(
                'the examples of a batch must be of one kind: example 0 is '
                f'{_kind(batch[0])}, example {i} is {_kind(example)}')


def _kind(example):
    if isinstance(example, tuple):
        return f'a tuple of {len(example)} items'
    if isinstance(example, dict):
        return f'a dictionary of the keys {list(example)}'
    return f'of type {type(example).__name__}'


def _paddings(padding, kind, keys):
    """One padding value for each item of an example."""
    if not isinstance(padding, kind):
        return dict.fromkeys(keys, padding)
    paddings = dict(enumerate(padding)) if kind is tuple else padding
    if set(paddings) != set(keys):
        raise ValueError(
            f'padding= is given for the items {list(paddings)}, the examples '
            f'have the items {list(keys)}')
    return paddings


def _concat(examples, device, padding, name):
    arrays = [_as_array(example) for example in examples]
    xp = cuda.get_array_module(arrays[0])
    with cuda.get_device(arrays[0]):
        if padding is None:
            _check_shapes(arrays, name)
            array = xp.concatenate([array[None] for array in arrays])
        else:
            array = _pad(xp, arrays, padding, name)
    return _send(array, device)


def _as_array(example):
    if isinstance(example, cuda.ndarray):
        return example
    return numpy.asarray(example)


def _check_shapes(arrays, name):
    shape = arrays[0].shape
    if any(array.shape != shape for array in arrays):
        raise ValueError(
            f'{name} differ in shape: {_shapes(arrays)}. Make them equal, or '
            'pass padding= (for example padding=0) to fill up the smaller '
            'ones')


def _shapes(arrays):
    # A set that keeps the order in which the shapes come.
    return ', '.join(map(str, dict.fromkeys(a.shape for a in arrays)))


def _pad(xp, arrays, padding, name):
    if any(array.ndim != arrays[0].ndim for array in arrays):
        raise ValueError(
            f'{name} differ in their number of dimensions, which padding= '
            f'cannot make equal: {_shapes(arrays)}')
    shapes = [array.shape for array in arrays]
    shape = tuple([max(lengths) for lengths in zip(*shapes, strict=True)])
    dtype = numpy.result_type(*{array.dtype for array in arrays})
    result = xp.full((len(arrays),) + shape, padding, dtype=dtype)
    for i, array in enumerate(arrays):
        corner = tuple([slice(length) for length in array.shape])
        result[(i,) + corner] = array
    return result


def _send(array, device):
    if device is None:
        return array
    return cuda.send(array, device)
