"""Random number generators, one for each device.

Numbers come from cuRAND and stay on the device. On the host device every
pseudo-random method of cuRAND is Philox4x32-10; a seed gives the same numbers
there however many cores there are, but not those of a GPU.
"""
import operator
import os
import random
import threading
import weakref

import numpy

from cupy import core, cuda
from cupy.cuda import curand

# cuRAND's uniform numbers are in (0, 1]. What becomes `high`, or is rounded to
# it, becomes `low`, so that `high` is never among the numbers.
_stretch = core.ElementwiseKernel(
    'float64 low, float64 high', 'T x',
    '''
    const T from = low, to = high;
    const T y = from + x * (to - from);
    x = (from < to ? y < to : y > to) ? y : from;
    ''', 'random_stretch')

# A random word times the number of values has the value in its upper half.
# The products whose lower half is below the threshold are the surplus of the
# values that would come more often than others. (D. Lemire: Fast random
# integer generation in an interval. ACM TOMACS 29, 2019.)
_choose = core.ElementwiseKernel(
    'W word, W count, W threshold, int64 low', 'T x, bool rejected',
    '''
    W lower = 0, value = word;
    if (count != 0) value = multiply_wide(word, count, &lower);
    if (rejected) {
      rejected = lower < threshold;
      x = T(low + (long long)value);
    }
    ''', 'random_choose', preamble='''
    typedef unsigned int word32;
    typedef unsigned long long word64;

    // Returns the upper half of a product.
    __device__ inline word32 multiply_wide(word32 a, word32 b, word32* lower) {
      const word64 product = (word64)a * b;
      *lower = (word32)product;
      return (word32)(product >> 32);
    }

    __device__ inline word64 multiply_wide(word64 a, word64 b, word64* lower) {
      const word64 a0 = (word32)a, a1 = a >> 32, b0 = (word32)b, b1 = b >> 32;
      const word64 middle = a1 * b0 + (a0 * b0 >> 32);
      const word64 rest = a0 * b1 + (word32)middle;
      *lower = a * b;
      return a1 * b1 + (middle >> 32) + (rest >> 32);
    }
    ''')


class RandomState:

    """Random number generator of the device that is current at creation.

    The methods are those of :class:`numpy.random.RandomState`, whose ``size``
    may be ``None`` (for one number, in a 0-dimensional array), an integer or
    a shape. ``dtype`` is float32 or float64: numbers of a type are drawn in
    this type.

    Args:
        seed (int): Start of the numbers, at least 0 and less than 2**64.
            Without one, it comes from Python's :mod:`random`.
        method (int): Method of cuRAND, one of ``cupy.cuda.curand``'s
            ``CURAND_RNG_PSEUDO_...``.

    """

    def __init__(self, seed=None, method=curand.CURAND_RNG_PSEUDO_DEFAULT):
        self._handle = curand.OwnedGenerator(method)
        self._generator = self._handle.ptr
        self._open_lock()
        _all_states.add(self)
        self.seed(seed)

    def seed(self, seed=None):
        """Starts the numbers again.

        Args:
            seed (int): Where to start, as at the creation.

        """
        seed = random.getrandbits(64) if seed is None else _check_seed(seed)
        self.set_state((seed, 0))

    def get_state(self):
        """Returns where the generator is: its seed, and an offset.

        Returns:
            tuple of int: What :meth:`set_state` takes.

        """
        with self._lock:
            return self._seed, self._offset

    def set_state(self, state):
        """Goes to where a generator of the same method was.

        Args:
            state (tuple of int): What :meth:`get_state` returned.

        """
        seed, offset = state
        seed, offset = _check_seed(seed), _check_seed(offset)
        with self._lock:
            curand.setPseudoRandomGeneratorSeed(self._generator, seed)
            curand.setGeneratorOffset(self._generator, offset)
            self._seed, self._offset = seed, offset

    def set_stream(self, stream=None):
        """Chooses the stream in which numbers are made.

        Args:
            stream (cupy.cuda.Stream): Stream, or ``None`` for the default
                one.

        """
        with self._lock:
            curand.setStream(
                self._generator, 0 if stream is None else stream.ptr)

    def rand(self, *size, **kwarg):
        """Returns uniform numbers in [0, 1).

        Args:
            size (ints): Shape, an argument for each axis.
            dtype: float32 or float64 (default).

        """
        return self.random_sample(size, **_only_dtype('rand', kwarg))

    def randn(self, *size, **kwarg):
        """Returns numbers of the standard normal distribution.

        Args:
            size (ints): Shape, an argument for each axis.
            dtype: float32 or float64 (default).

        """
        return self.standard_normal(size, **_only_dtype('randn', kwarg))

    def random_sample(self, size=None, dtype=float):
        """Returns uniform numbers in [0, 1)."""
        return self.uniform(0., 1., size, dtype)

    def uniform(self, low=0., high=1., size=None, dtype=float):
        """Returns uniform numbers in [low, high).

        Args:
            low (float): Least value.
            high (float): Bound, which is not reached.
            size (int or tuple of ints): Shape.
            dtype: float32 or float64.

        Raises:
            OverflowError: If the distance of the bounds is not finite.

        """
        dtype = _check_dtype(dtype)
        low, high = float(low), float(high)
        if not abs(high - low) <= float(numpy.finfo(dtype).max):
            raise OverflowError(
                f'uniform numbers from {low} to {high}: the distance is not '
                f'finite in {dtype.name}')
        x = core.ndarray(core.get_size(size), dtype)
        self._fill(_of(dtype, curand.generateUniform,
                       curand.generateUniformDouble), x)
        _stretch(low, high, x)
        return x

    def standard_normal(self, size=None, dtype=float):
        """Returns numbers of the normal distribution of mean 0, variance 1."""
        return self.normal(0., 1., size, dtype)

    def normal(self, loc=0., scale=1., size=None, dtype=float):
        """Returns numbers of a normal distribution.

        Args:
            loc (float): Mean.
            scale (float): Standard deviation.
            size (int or tuple of ints): Shape.
            dtype: float32 or float64.

        Raises:
            ValueError: If ``scale`` is negative.

        """
        return self._normal(
            curand.generateNormal, curand.generateNormalDouble,
            loc, 'scale', scale, size, dtype)

    def lognormal(self, mean=0., sigma=1., size=None, dtype=float):
        """Returns numbers whose logarithms are normally distributed.

        Args:
            mean (float): Mean of the logarithms.
            sigma (float): Standard deviation of the logarithms.
            size (int or tuple of ints): Shape.
            dtype: float32 or float64.

        Raises:
            ValueError: If ``sigma`` is negative.

        """
        return self._normal(
            curand.generateLogNormal, curand.generateLogNormalDouble,
            mean, 'sigma', sigma, size, dtype)

    def interval(self, mx, size):
        """Returns uniform integers in [0, mx].

        Args:
            mx (int): Largest value, at least 0 and less than 2**63.
            size (int or tuple of ints): Shape.

        Returns:
            cupy.ndarray: Integers of 32 bits if these can hold ``mx``, or
            else of 64.

        """
        mx = operator.index(mx)
        if not 0 <= mx < 1 << 63:
            raise ValueError(
                f'mx is {mx}, but must be at least 0 and less than 2**63')
        dtype = numpy.int32 if mx < 1 << 31 else numpy.int64
        return self._integers(0, mx, size, dtype)

    def _integers(self, low, high, size, dtype):
        # In [low, high]; these and `dtype` are integers that int64 can hold.
        x = core.ndarray(core.get_size(size), dtype)
        count = high - low + 1
        bits = 32 if count <= 1 << 32 else 64
        word = numpy.dtype(f'uint{bits}')
        words = core.ndarray(x.shape, word)
        rejected = core.ndarray(x.shape, bool)
        rejected.fill(True)
        threshold = (1 << bits) % count
        while x.size:
            self._fill(curand.generate, words, x.size * bits // 32)
            _choose(words, word.type(count % (1 << bits)),
                    word.type(threshold), low, x, rejected)
            # Without a threshold nothing is rejected, so none is waited for.
            if threshold == 0 or not rejected.any():
                break
        return x

    def _normal(self, single, double, mean, name, deviation, size, dtype):
        dtype = _check_dtype(dtype)
        mean, deviation = float(mean), float(deviation)
        if deviation < 0:
            raise ValueError(
                f'{name} is {deviation}, but must not be negative')
        x = core.ndarray(core.get_size(size), dtype)
        if x.size % 2:
            # Normal numbers come in pairs.
            x = core.ndarray(x.size + 1, dtype)[:-1].reshape(x.shape)
        self._fill(_of(dtype, single, double), x, x.size + x.size % 2,
                   mean, deviation)
        return x

    def _open_lock(self):
        # A generator of cuRAND serves one thread at a time.
        self._lock = threading.Lock()

    def _fill(self, function, x, count=None, *args):
        count = x.size if count is None else count
        with self._lock:
            function(self._generator, x.data.ptr, count, *args)
            # Offsets are counted in words. A number of two begins at an even
            # one.
            words = 2 if x.dtype.char == 'd' else 1
            self._offset += -self._offset % words + count * words


# Those that there are, for the children of forks: a thread that only the
# parent has may hold a lock for ever.
_all_states = weakref.WeakSet()


def _open_locks():
    for state in list(_all_states):
        state._open_lock()


os.register_at_fork(after_in_child=_open_locks)


def _of(dtype, single, double):
    return single if dtype.char == 'f' else double


def _check_dtype(dtype):
    dtype = numpy.dtype(dtype)
    if dtype.char not in 'fd':
        raise TypeError(
            f'random numbers are drawn in float32 or float64, not in '
            f'{dtype.name}; convert them with astype')
    return dtype


def _only_dtype(name, kwarg):
    for key in kwarg:
        if key != 'dtype':
            raise TypeError(
                f'{name}() got an unexpected keyword argument {key!r}; the '
                f'only one is dtype')
    return kwarg


def _check_seed(seed):
    try:
        number = operator.index(seed)
    except TypeError:
        raise TypeError(f'a seed is an integer or None, not '
                        f'{type(seed).__name__}') from None
    if not 0 <= number < 1 << 64:
        raise ValueError(f'a seed is at least 0 and less than 2**64, not '
                         f'{number}')
    return number


# By the numbers of devices.
_random_states = {}


def get_random_state():
    """Returns the :class:`RandomState` of the current device.

    It is made at the first call, with the seed in the environment variable
    ``CHAINER_SEED`` if that is set.

    """
    device_id = cuda.Device().id
    state = _random_states.get(device_id)
    if state is None:
        state = _random_states.setdefault(
            device_id, RandomState(_environment_seed()))
    return state


def _environment_seed():
    text = os.environ.get('CHAINER_SEED')
    if not text:
        return None
    try:
        return _check_seed(int(text))
    except ValueError:
        raise ValueError(
            f'the environment variable CHAINER_SEED is {text!r}, but must be '
            f'an integer from 0 to 2**64 - 1 in decimal digits') from None


def reset_states():
    """Forgets the random states of all devices; new ones will be made."""
    _random_states.clear()


def get_states():
    """Returns where the generators are that have been used so far.

    Returns:
        dict: States by the numbers of the devices, see
        :meth:`RandomState.get_state`.

    """
    return {device_id: state.get_state()
            for device_id, state in sorted(_random_states.items())}


def set_states(states):
    """Goes to where the generators of all devices were.

    Args:
        states (dict): What :func:`get_states` returned. A device that is not
            in it starts anew. What is not here is left out.

    """
    reset_states()
    for device_id in range(cuda.runtime.getDeviceCount()):
        if device_id in states:
            seed, _ = states[device_id]
            with cuda.Device(device_id):
                state = _random_states[device_id] = RandomState(seed)
                state.set_state(states[device_id])


def seed(seed=None):
    """Starts the numbers of the current device again.

    Args:
        seed (int): Where to start, see :class:`RandomState`. ``None`` takes
            a start from Python's :mod:`random`.

    """
    get_random_state().seed(seed)
