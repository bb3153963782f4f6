"""Products of matrices, and elements by indices and masks.

Usage::

    python benchmarks/cupy_matmul.py

Each line has the time of NumPy and that of CuPy for the same call, and their
ratio: above 1, CuPy is faster. The two take turns of some calls each, and the
best call counts: other work on the machine makes single ones slower, never
faster. Between turns it is quiet for a while, because the threads of NumPy's
OpenBLAS go on spinning for some time after a product. Memory comes from a
pool, as in training.
"""
import time

import numpy

import cupy


def best(*calls, turns=5, seconds=.1, quiet=.1):
    """The best times of some calls, which take turns."""
    times = [[] for _ in calls]
    for _ in range(turns):
        for call, found in zip(calls, times):
            time.sleep(quiet)
            call()
            start = time.perf_counter()
            call()
            # Often enough for the clock.
            repeat = 1 + int(2e-5 / (time.perf_counter() - start))
            end = start + seconds
            while start < end:
                start = time.perf_counter()
                for _ in range(repeat):
                    call()
                found.append((time.perf_counter() - start) / repeat)
    return [min(found) for found in times]


def compare(name, function, *arrays):
    """Prints the times of a function of arrays of NumPy, and of CuPy."""
    on_device = [cupy.array(a) for a in arrays]
    host, device = best(lambda: function(*arrays),
                        lambda: function(*on_device))
    print(f'{name:32} {host * 1e6:11.1f} {device * 1e6:11.1f} '
          f'{host / device:7.2f}')


def products(random):
    for n in (10, 100, 256, 1024):
        x = random.rand(n, n).astype('f')
        compare(f'float32 {n} x {n}', lambda a: a.dot(a), x)
    # Not with itself: NumPy computes half of such a product only.
    compare('  transposed', lambda a, b: a.T.dot(b), x, x[::-1].copy())
    compare('  by a vector', lambda a, v: a.dot(v), x, x[0])
    compare('float64 1024 x 1024', lambda a: a.dot(a), x.astype('d'))
    compare('float16 256 x 256', lambda a: a.dot(a),
            x[:256, :256].astype('e'))
    compare('int32 256 x 256', lambda a: a.dot(a),
            random.randint(0, 9, (256, 256)).astype('i'))
    compare('float32 64 of 64 x 64', lambda a: a @ a,
            random.rand(64, 64, 64).astype('f'))
    vector = random.rand(1000000).astype('f')
    compare('float32 vectors of 1000000', lambda v: v.dot(v), vector)


def elements(random):
    few = random.rand(10).astype('f')
    compare('one element', lambda x: x[3], few)
    compare('a slice', lambda x: x[1:5], few)
    table = random.rand(50000, 256).astype('f')
    rows = random.randint(0, 50000, 10000).astype('i')
    compare('10000 rows of 256', lambda x, i: x[i], table, rows)
    vector = random.rand(1000000).astype('f')
    compare('1000000 elements, shuffled', lambda x, i: x[i], vector,
            random.permutation(1000000))
    for share in (0.5, 0.01):
        mask = vector < share
        compare(f'1000000 by a mask, {share:.0%}', lambda x, m: x[m], vector,
                mask)
        compare('  set', lambda x, m: x.__setitem__(m, 0), vector.copy(),
                mask)
        compare('  nonzero', lambda m: m.nonzero(), mask)


def main():
    cupy.cuda.set_allocator(cupy.cuda.MemoryPool().malloc)
    print(f'{"":32} {"NumPy, us":>11} {"CuPy, us":>11} {"ratio":>7}')
    random = numpy.random.RandomState(0)
    products(random)
    elements(random)


if __name__ == '__main__':
    main()
