"""Operations on the bits of integers."""
from cupy.core import arithmetic

bitwise_and = arithmetic.bitwise_and
bitwise_or = arithmetic.bitwise_or
bitwise_xor = arithmetic.bitwise_xor
invert = arithmetic.invert
left_shift = arithmetic.left_shift
right_shift = arithmetic.right_shift
