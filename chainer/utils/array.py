"""Views of arrays in other shapes."""


def as_mat(x):
    """Returns an array as a matrix: the first axis, and the others as one.

    An array of shape ``(N, d1, ..., dk)`` becomes ``(N, d1 * ... * dk)``,
    without a copy where the layout in memory allows. It works for empty
    arrays as well.
    """
    if x.ndim == 2:
        return x
    columns = 1
    for size in x.shape[1:]:
        columns *= size
    return x.reshape(len(x), columns)
