"""Random numbers on the device, with ``dtype`` where NumPy has none."""
from numpy.random import bytes

from cupy.random.distributions import (
    lognormal, normal, standard_normal, uniform)
from cupy.random.generator import (
    RandomState, get_random_state, reset_states, seed)
from cupy.random.sample_ import (
    rand, randint, randn, random_integers, random_sample)

random = random_sample
ranf = random_sample
sample = random_sample
