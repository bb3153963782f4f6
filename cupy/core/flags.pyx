"""What is true of an array's memory."""


cdef class Flags:

    """Flags of an array: attributes, or items of NumPy's names.

    Attributes:
        c_contiguous (bool): Whether the elements lie in memory in C order,
            one after another.
        f_contiguous (bool): The same in Fortran order.
        owndata (bool): Whether the array is no view of another one.

    """

    cdef readonly bint c_contiguous
    cdef readonly bint f_contiguous
    cdef readonly bint owndata

    def __init__(self, bint c_contiguous, bint f_contiguous, bint owndata):
        self.c_contiguous = c_contiguous
        self.f_contiguous = f_contiguous
        self.owndata = owndata

    @property
    def forc(self):
        """Whether it is contiguous in one of the two orders."""
        return self.c_contiguous or self.f_contiguous

    @property
    def fnc(self):
        """Whether it is contiguous in Fortran order, but not in C order."""
        return self.f_contiguous and not self.c_contiguous

    def __getitem__(self, name):
        try:
            return getattr(self, _attributes[name])
        except (KeyError, TypeError):
            raise KeyError(
                f'unknown flag {name!r}: the flags are '
                f'{", ".join(sorted(_attributes))}') from None

    def __eq__(self, other):
        return isinstance(other, Flags) and repr(self) == repr(other)

    def __hash__(self):
        return hash(repr(self))

    def __repr__(self):
        return '\n'.join(
            f'  {name} : {self[name]}'
            for name in ('C_CONTIGUOUS', 'F_CONTIGUOUS', 'OWNDATA'))


cdef dict _attributes = {
    'C_CONTIGUOUS': 'c_contiguous',
    'C': 'c_contiguous',
    'CONTIGUOUS': 'c_contiguous',
    'F_CONTIGUOUS': 'f_contiguous',
    'F': 'f_contiguous',
    'FORTRAN': 'f_contiguous',
    'OWNDATA': 'owndata',
    'O': 'owndata',
    'FORC': 'forc',
    'FNC': 'fnc',
}
