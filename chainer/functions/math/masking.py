"""Selection of gradients."""
import numpy

from chainer import utils


def masked(gy, mask):
    """Returns a gradient where a mask is true, and 0 elsewhere.

    It is ``where(mask, gy, 0)``, and as exact: what is infinite or NaN in
    ``gy`` leaves no trace behind a mask that is false, as it would in
    ``gy * mask``. ``numpy.where`` takes some ten times as long, though, if the
    mask is irregular.

    Args:
        gy (numpy.ndarray): Array of floats.
        mask (numpy.ndarray): Array of booleans that ``gy`` can be multiplied
            with.

    Returns:
        numpy.ndarray: Array of the type of ``gy``.

    """
    if gy.itemsize > 8:  # a long double, for which there is no integer
        return utils.force_array(numpy.where(mask, gy, gy.dtype.type(0)))
    # As an integer, any number times 0 is 0, and 0 stands for 0.0.
    bits = utils.force_array(gy.view(f'i{gy.itemsize}') * mask)
    return bits.view(gy.dtype)
