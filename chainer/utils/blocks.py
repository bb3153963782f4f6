"""Elementwise arithmetic in blocks that stay in the cache.

An expression like ``p -= lr * m / (numpy.sqrt(v) + eps)`` goes through main
memory once for every operation in it, and over a large array that is what
takes the time. :func:`run` cuts the arrays into blocks, and a sequence of
operations on one block finds its operands in the cache.
"""
import numpy

#: Number of elements of a block: some blocks fit into a second-level cache,
#: and a NumPy call on one takes many times longer than its overhead.
SIZE = 65536

# Arrays up to this size stay in the cache without help.
_LARGE = 4 * SIZE


def run(step, outputs, inputs=(), scratch=1):
    """Calls a function for each group of corresponding blocks of arrays.

    The arguments of the function are a block of each array, in the order
    given, and the scratch blocks. What the function writes into the blocks of
    the outputs is written into the arrays::

        def step(y, x, a):                  # y -= 0.1 * x
            a = numpy.multiply(x, 0.1, out=a)
            y -= a

        blocks.run(step, (y,), (x,))

    The scratch blocks are what makes it fast: memory for a temporary array, as
    in ``y -= 0.1 * x``, may be taken from the system and given back in every
    step. Arrays that are no larger than a few blocks are passed whole, and a
    scratch block is then ``None``, for which NumPy makes an array.

    Arithmetic is done in float32 at least. If the first output is of float16,
    the function gets float32 copies of all float16 blocks, and what it wrote
    into those of the outputs is rounded once, at the end.

    Args:
        step (callable): Function to call. It must work in place and
            elementwise.
        outputs (tuple of numpy.ndarray): Arrays that are changed.
        inputs (tuple of numpy.ndarray): Arrays that are only read. All arrays
            have one shape.
        scratch (int): Number of scratch blocks, for intermediate results. Each
            is undefined until it was the ``out`` of an operation.

    """
    first = outputs[0]
    dtype = first.dtype
    if dtype.char == 'e':
        step = _in_float32(step, len(outputs), len(outputs) + len(inputs))
        dtype = numpy.float32
    if first.size <= _LARGE and first.ndim > 0:
        step(*outputs, *inputs, *(None,) * scratch)
        return
    arrays = outputs + inputs
    if first.ndim == 0 or not _are_contiguous(arrays):
        # Operations on arrays of no dimension return scalars, except into out.
        step(*arrays, *[numpy.empty_like(first, dtype)
                        for _ in range(scratch)])
        return

    arrays = [x.reshape(-1) for x in arrays]
    buffers = [numpy.empty(SIZE, dtype) for _ in range(scratch)]
    for start in range(0, first.size, SIZE):
        stop = min(start + SIZE, first.size)
        step(*[x[start:stop] for x in arrays],
             *[x[:stop - start] for x in buffers])


def _are_contiguous(arrays):
    return all([x.flags.c_contiguous for x in arrays])


def _in_float32(step, n_outputs, n_arrays):
    """Wraps a step so that it gets float32 copies of float16 blocks."""
    def rounding_step(*blocks):
        copies = [x.astype(numpy.promote_types(x.dtype, numpy.float32),
                           copy=False) for x in blocks[:n_arrays]]
        step(*copies, *blocks[n_arrays:])
        for x, copy in zip(blocks[:n_outputs], copies):
            if x is not copy:
                x[...] = copy

    return rounding_step


def squared_norm(array):
    """Returns the sum of the squares of all elements.

    Args:
        array (numpy.ndarray): Array of floating point numbers.

    Returns:
        float: The sum. That the squares have no place in the type of the
        array, as those of most float16 numbers, does no harm.

    """
    flat = array.ravel(order='K')
    if flat.dtype != numpy.float16:
        with numpy.errstate(over='ignore'):
            total = _sum_of_dots(flat, flat.dtype)
        if 1e-30 < total < numpy.inf:
            return total
    # Squares overflow and vanish long before the numbers do.
    return _sum_of_dots(flat, numpy.float64)


def _sum_of_dots(flat, dtype):
    total = 0.0
    for start in range(0, flat.size, SIZE):
        block = flat[start:start + SIZE].astype(dtype, copy=False)
        total += float(block.dot(block))
    return total


def flush_denormals(array):
    """Sets to zero what is so small that it may soon be denormal.

    A moving average of what has become zero shrinks until its elements are
    denormal numbers and stays there for good, and on many processors
    arithmetic with those is slow by an order of magnitude or two. The limit is
    2**20 times the smallest normal number, 1.2e-32 in float32: what is above
    it can shrink by 10 percent a hundred times before it is denormal.

    Args:
        array (numpy.ndarray): Array, changed in place. Only float32 and
            float64 are: denormals of float16 are numbers that matter.

    """
    if array.dtype.char not in 'fd':
        return
    limit = float(numpy.finfo(array.dtype).tiny) * 2 ** 20

    def step(x, a):
        a = numpy.abs(x, out=a)
        x[a < limit] = 0

    run(step, (array,))
