"""Tools for testing code that is written with Chainer."""
from chainer.testing import attr, condition
from chainer.testing.array import assert_allclose
from chainer.testing.helper import with_requires
from chainer.testing.parameterized import parameterize, product, product_dict
from chainer.testing.runner import run_module
from chainer.testing.unary_math_function import unary_math_function_test
