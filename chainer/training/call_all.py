"""Calling several functions of which each must be called."""


def call_all(functions):
    """Calls all functions, whatever any of them raises.

    When all have been called, the first exception is raised. The later ones
    are added to its context, so that they are shown with it.

    Args:
        functions: Iterable of functions without arguments.

    """
    first = None
    for function in functions:
        try:
            function()
        except BaseException as error:
            if first is None:
                first = error
            else:
                _append_context(first, error)
    try:
        if first is not None:
            raise first
    finally:
        # Its traceback refers to this frame, which shall not refer back.
        del first


def _append_context(error, later):
    while error is not later:
        if error.__cause__ is not None:
            error = error.__cause__
        elif error.__context__ is None or error.__suppress_context__:
            error.__context__ = later
            error.__suppress_context__ = False
            return
        else:
            error = error.__context__
