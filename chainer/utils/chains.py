"""Sums of the rows that belong together, on a device.

A gradient by a matrix of which some rows were used, each any number of times,
is a sum for every row. Atomic additions would make it depend on which thread
comes first. Instead the places with the same number are linked to a chain, in
their order, and one thread adds up what there is along it: results are the
same each time.
"""
from chainer import cuda


def link(ids, n_id):
    """Links the places where the same number stands.

    Args:
        ids (cupy.ndarray): Integers. Those that are not in ``0 <= id < n_id``
            belong to no chain.
        n_id (int): Limit of the numbers.

    Returns:
        tuple: Whether a place of the flattened array is the first one of a
        chain; and the place that follows, -1 at the end.

    """
    cupy = cuda.cupy
    first = cupy.empty(ids.size, bool)
    following = cupy.empty(ids.size, 'i')
    # Each thread sees all numbers and cares for some of them.
    cuda.elementwise(
        'raw I ids, int32 n_id, int32 n_thread',
        'raw int32 last, raw bool first, raw int32 following',
        '''
        for (int place = 0; place < ids.size(); ++place) {
          const I id = ids[place];
          if (id < 0 || id >= n_id) {
            if (i == 0) first[place] = false;
          } else if (id % n_thread == i) {
            const int before = last[id] - 1;
            first[place] = before < 0;
            if (before >= 0) following[before] = place;
            following[place] = -1;
            last[id] = place + 1;
          }
        }
        ''', 'link_chains')(
            ids, n_id, _N_THREAD, cupy.zeros(n_id, 'i'), first, following,
            size=_N_THREAD)
    return first, following


_N_THREAD = 16
