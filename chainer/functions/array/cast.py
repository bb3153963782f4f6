import numpy

from chainer import function
from chainer.utils import type_check


class Cast(function.Function):
    """An array in another type."""

    def __init__(self, typ):
        self.typ = _as_dtype(typ)

    @property
    def label(self):
        return f'Cast {self.typ}'

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)

    def forward(self, inputs):
        return inputs[0].astype(self.typ),

    def backward(self, inputs, grad_outputs):
        x, = inputs
        # Integers do not change by infinitesimal steps.
        if x.dtype.kind != 'f' or self.typ.kind != 'f':
            return None,
        return grad_outputs[0].astype(x.dtype, copy=False),


def _as_dtype(typ):
    # NumPy takes None for float64, and an empty list for a type of no fields.
    try:
        dtype = None if typ is None else numpy.dtype(typ)
    except TypeError:
        dtype = None
    if dtype is None or dtype.kind not in 'biufc':
        raise TypeError(f'typ must be the type of an array of numbers, such '
                        f"as 'f' or numpy.float32, but is {typ!r}")
    return dtype


def cast(x, typ):
    """Converts an array to another type.

    The gradient is converted back. There is none where one of the types is not
    a floating-point type.

    Args:
        x (Variable): Array.
        typ (str or dtype): Type wanted: ``'f'``, ``'float16'`` or
            ``numpy.float64``, for example.

    Returns:
        Variable: Array of that type, a copy.

    Raises:
        TypeError: If ``typ`` is not a type of numbers or booleans.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.cast(np.array([1.5, 2], 'f'), np.float64).data
       array([1.5, 2. ])

    """
    return Cast(typ)(x)
