"""The volatility of a Variable: on, off, or whatever the others are."""


class Flag:
    """A switch of three positions: ``ON``, ``OFF`` and ``AUTO``.

    There is one object for each position, so flags are compared with ``is``,
    or with ``==`` to anything that the constructor takes.

    ``ON`` and ``OFF`` are true and false; ``AUTO`` is neither, and asking is a
    ``ValueError``.

    Args:
        name (str, bool, None or Flag): ``'on'``, ``'ON'`` or ``True``;
            ``'off'``, ``'OFF'`` or ``False``; ``'auto'``, ``'AUTO'`` or
            ``None``.

    .. admonition:: Example

       >>> from chainer import flag
       >>> flag.Flag('on') is flag.ON
       True
       >>> flag.AUTO == 'auto'
       True

    """

    def __new__(cls, name):
        if isinstance(name, cls):
            return name
        try:
            return _flags[name]
        except (KeyError, TypeError):
            raise ValueError(
                f"a flag is 'on', 'off' or 'auto' (or True, False or None), "
                f'not {name!r}') from None

    def __repr__(self):
        return self._name

    def __bool__(self):
        if self is AUTO:
            raise ValueError(
                'AUTO is neither true nor false: compare the flag with ON or '
                'OFF instead')
        return self is ON

    def __eq__(self, other):
        if self is other:
            return True
        try:
            return self is Flag(other)
        except ValueError:
            return NotImplemented

    def __hash__(self):
        return hash(self._name)

    # Flags of a copied or unpickled Variable are still the three objects.
    def __reduce__(self):
        return Flag, (self._name,)


def _make(name):
    flag = object.__new__(Flag)
    flag._name = name
    return flag


ON, OFF, AUTO = _make('ON'), _make('OFF'), _make('AUTO')

_flags = {'on': ON, 'ON': ON, True: ON,
          'off': OFF, 'OFF': OFF, False: OFF,
          'auto': AUTO, 'AUTO': AUTO, None: AUTO}


def aggregate_flags(flags):
    """Returns the one flag that several flags amount to.

    Args:
        flags (iterable of Flag): Flags to aggregate.

    Returns:
        Flag: ``ON`` or ``OFF``, whichever is there; ``AUTO`` if neither is.

    Raises:
        ValueError: If both ``ON`` and ``OFF`` are there.

    """
    result = AUTO
    for flag in flags:
        if flag is AUTO:
            continue
        if result is not AUTO and result is not flag:
            raise ValueError(
                'ON and OFF cannot be mixed. Make all inputs volatile or none '
                "of them; an input that goes with both has volatile='auto'")
        result = flag
    return result
