"""Matrices from their diagonals."""
from cupy import arguments
from cupy.creation import basic


def diag(v, k=0):
    """Takes a diagonal out of a matrix, or makes a matrix of a diagonal.

    Args:
        v (cupy.ndarray): Matrix, or vector.
        k (int): Which diagonal: 0 is the main one, positive ones lie above
            it.

    Returns:
        cupy.ndarray: View of the diagonal of a matrix; a new square matrix
        that has a vector as its diagonal.

    """
    v = arguments.array(v)
    if v.ndim == 2:
        return v.diagonal(k)
    if v.ndim == 1:
        return diagflat(v, k)
    raise ValueError(f'diag takes a vector or a matrix, but got an array of '
                     f'{v.ndim} dimensions')


def diagflat(v, k=0):
    """Makes a matrix that has the elements of an array on a diagonal.

    Args:
        v (cupy.ndarray): Array; it is flattened.
        k (int): Which diagonal: 0 is the main one, positive ones lie above
            it.

    Returns:
        cupy.ndarray: New square matrix.

    """
    v = arguments.array(v).ravel()
    n = v.size + abs(k)
    matrix = basic.zeros((n, n), v.dtype)
    matrix.diagonal(k)[...] = v
    return matrix
