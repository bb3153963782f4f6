"""Where the operators of variables were in v1.0: old code imports it."""
from chainer.functions.math.basic_math import (
    Absolute, Add, AddConstant, Div, DivFromConstant, MatMulConstVar,
    MatMulVarConst, MatMulVarVar, Mul, MulConstant, Neg, PowConstVar,
    PowVarConst, PowVarVar, Sub, SubFromConstant)
