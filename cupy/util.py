"""Results that are remembered, such as compiled kernels."""
import functools
import weakref

from cupy import cuda

_memos = weakref.WeakSet()


class _Memo(dict):

    # A WeakSet needs elements that are hashable and can be referred to.
    __slots__ = ('__weakref__',)
    __hash__ = object.__hash__


def memoize(for_each_device=False):
    """Decorator that remembers a function's results for its arguments.

    Args:
        for_each_device (bool): Whether to remember a result for each device,
            for results that belong to a device, such as kernels.

    Returns:
        callable: Decorator of functions whose arguments are hashable.

    .. admonition:: Example

       >>> import cupy
       >>> @cupy.memoize(for_each_device=True)
       ... def scale(factor):
       ...     return cupy.ElementwiseKernel(
       ...         'T x', 'T y', f'y = x * {factor}', 'scale')
       >>> scale(2) is scale(2)
       True

    """
    def decorator(function):
        memo = _Memo()
        _memos.add(memo)

        @functools.wraps(function)
        def remembering(*args, **kwargs):
            device = cuda.get_device_id() if for_each_device else -1
            key = device, args
            if kwargs:
                key = device, args, frozenset(kwargs.items())
            try:
                return memo[key]
            except KeyError:
                result = memo[key] = function(*args, **kwargs)
                return result

        # The set of all memos does not keep this one alive.
        remembering._memo = memo
        return remembering

    return decorator


def clear_memo():
    """Forgets the results of all functions that remember them."""
    for memo in list(_memos):
        memo.clear()
