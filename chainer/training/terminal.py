"""Control codes of terminals."""

#: Clears everything from the cursor to the end of the screen.
CLEAR_BELOW = '\033[J'


def cursor_up(n_lines):
    """Returns the code that moves the cursor up by some lines."""
    return f'\033[{n_lines}A'


def is_terminal(stream):
    """Tells whether what is written to a stream goes to a terminal.

    Args:
        stream: Object with a method ``write``. One without ``isatty`` is not
            taken for a terminal.

    Returns:
        bool: ``True`` if it does, so that control codes are of use.

    """
    return hasattr(stream, 'isatty') and stream.isatty()
