
from chainer import function
from chainer.functions.math import half
from chainer.utils import array, type_check


class BilinearFunction(function.Function):
    """Bilinear form of each pair of rows, and linear terms."""

    argument_names = 'e1', 'e2', 'W', 'V1', 'V2', 'b'

    def check_type_forward(self, in_types):
        n_in = in_types.size()
        type_check.expect(3 <= n_in, n_in <= 6)
        e1_type, e2_type, w_type = in_types[:3]
        type_check.expect(
            e1_type.dtype.kind == 'f',
            e2_type.dtype == e1_type.dtype,
            w_type.dtype == e1_type.dtype,
            e1_type.ndim >= 2,
            e2_type.ndim >= 2,
            e1_type.shape[0] == e2_type.shape[0],
            w_type.ndim == 3,
            type_check.prod(e1_type.shape[1:]) == w_type.shape[0],
            type_check.prod(e2_type.shape[1:]) == w_type.shape[1],
        )
        if len(in_types) > 3:
            type_check.expect(n_in == 6)
            self._check_linear_terms(w_type, *in_types[3:])

    def _check_linear_terms(self, w_type, v1_type, v2_type, b_type):
        for v_type, axis in (v1_type, 0), (v2_type, 1):
            type_check.expect(
                v_type.dtype == w_type.dtype,
                v_type.ndim == 2,
                v_type.shape[0] == w_type.shape[axis],
                v_type.shape[1] == w_type.shape[2],
            )
        type_check.expect(
            b_type.dtype == w_type.dtype,
            b_type.ndim == 1,
            b_type.shape[0] == w_type.shape[2],
        )

    def forward(self, inputs):
        e1, e2, W, *linear = _as_operands(inputs)
        j, k, n_out = W.shape
        # For each example the matrix that maps e2 to y.
        self.maps = e1 @ W.reshape(j, k * n_out)
        self.maps = self.maps.reshape(len(e1), k, n_out)
        y = (e2[:, None, :] @ self.maps)[:, 0]
        if linear:
            V1, V2, b = linear
            y += e1 @ V1
            y += e2 @ V2
            y += b
        return y.astype(inputs[0].dtype, copy=False),

    def backward(self, inputs, grad_outputs):
        e1, e2, W, *linear = _as_operands(inputs)
        gy = half.widen(grad_outputs[0])
        j, k, n_out = W.shape
        gmaps = e2[:, :, None] * gy[:, None, :]
        gmaps = gmaps.reshape(len(e1), k * n_out)
        gW = e1.T @ gmaps
        ge1 = gmaps @ W.reshape(j, k * n_out).T
        ge2 = (self.maps @ gy[:, :, None])[:, :, 0]
        grads = [ge1, ge2, gW]
        if linear:
            V1, V2, _ = linear
            ge1 += gy @ V1.T
            ge2 += gy @ V2.T
            grads += [e1.T @ gy, e2.T @ gy, gy.sum(axis=0)]
        return tuple([g.astype(x.dtype, copy=False).reshape(x.shape)
                      for g, x in zip(grads, inputs)])


def _as_operands(inputs):
    e1, e2, *params = [half.widen(x) for x in inputs]
    return array.as_mat(e1), array.as_mat(e2), *params


def bilinear(e1, e2, W, V1=None, V2=None, b=None):
    """Bilinear form of two vectors, for each pair in a minibatch.

    .. math::
       y_{il} = \\sum_{jk} e^1_{ij} e^2_{ik} W_{jkl}
                + \\sum_j e^1_{ij} V^1_{jl} + \\sum_k e^2_{ik} V^2_{kl} + b_l

    The linear terms, those with :math:`V^1`, :math:`V^2` and :math:`b`, come
    all together or not at all. It is the core of a neural tensor network.

    Args:
        e1 (Variable): Minibatch of vectors, shape ``(I, J)``, floats. An array
            of more dimensions is taken as ``(I, J)`` with ``J`` the product of
            all sizes but the first.
        e2 (Variable): Minibatch of vectors, shape ``(I, K)``, or of arrays of
            ``K`` elements.
        W (Variable): Coefficients of the bilinear form, shape ``(J, K, L)``.
        V1 (Variable): Coefficients of ``e1``, shape ``(J, L)``. Optional.
        V2 (Variable): Coefficients of ``e2``, shape ``(K, L)``. Optional.
        b (Variable): Biases, shape ``(L,)``. Optional.

    Returns:
        Variable: Array of shape ``(I, L)``. All arrays are of one type.

    Raises:
        ValueError: If some of ``V1``, ``V2`` and ``b`` are given, and some are
            not.

    See: R. Socher, D. Chen, C. D. Manning, A. Y. Ng, *Reasoning With Neural
    Tensor Networks for Knowledge Base Completion*, NIPS 2013.

    .. seealso:: :class:`chainer.links.Bilinear` holds the coefficients.

    .. admonition:: Example

       With a single identity matrix it is the inner product:

       >>> import numpy as np
       >>> import chainer.functions as F
       >>> e1, e2 = np.array([[1, 2, 3]], 'f'), np.array([[1, 10, 100]], 'f')
       >>> F.bilinear(e1, e2, np.eye(3, dtype='f')[:, :, None]).data
       array([[321.]], dtype=float32)

    """
    linear = V1, V2, b
    given = [x is not None for x in linear]
    if not any(given):
        return BilinearFunction()(e1, e2, W)
    if not all(given):
        raise ValueError('V1, V2 and b must be given all together or not at '
                         'all, but only some of them are None')
    return BilinearFunction()(e1, e2, W, *linear)
