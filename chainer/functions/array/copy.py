from chainer import cuda, function
from chainer.utils import type_check


class Copy(function.Function):
    """A copy in host memory or on a device."""

    def __init__(self, out_device):
        self.out_device = out_device

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1)

    def forward(self, inputs):
        return _copy(inputs[0], self.out_device),

    def backward(self, inputs, grad_outputs):
        return _copy(grad_outputs[0], cuda.get_device(inputs[0])),


def _copy(x, device):
    device = cuda.get_device(device)
    if isinstance(x, cuda.ndarray):
        if device == cuda.DummyDevice:
            return cuda.to_cpu(x)
        return cuda.copy(x, out_device=device)
    if device == cuda.DummyDevice:
        return x.copy()
    return cuda.to_gpu(x, device)


def copy(x, dst):
    """Copies an array to a device or to host memory.

    A graph may thus reach over several devices: the gradient is copied back to
    where ``x`` is.

    Args:
        x (Variable): Array, wherever it is.
        dst (int): ID of the device to copy to; -1 stands for host memory.

    Returns:
        Variable: The copy.

    Raises:
        RuntimeError: If a device is asked for and CuPy is missing.

    .. admonition:: Example

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> F.copy(np.array([1, 2], 'f'), -1).data
       array([1., 2.], dtype=float32)

    """
    return Copy(dst)(x)
