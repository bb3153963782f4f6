"""What fills the arrays of new parameters."""
from chainer.initializers.constant import Constant, Identity, One, Zero
from chainer.initializers.normal import GlorotNormal, HeNormal, Normal
from chainer.initializers.orthogonal import Orthogonal
from chainer.initializers.uniform import (
    GlorotUniform, HeUniform, LeCunUniform, Uniform)
from chainer.initializers.weight import init_weight
