"""Notes on errors: which of the many runs of a test has failed."""


def add_note(error, note):
    """Adds a line to what is shown of an error, where Python can (3.11)."""
    error.__notes__ = [*getattr(error, '__notes__', ()), note]
