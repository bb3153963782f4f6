"""The layers that cuDNN computes, as the host device does them.

usage: cudnn.py [--seconds 0.5]

Convolutions: milliseconds of the gradients and of the layer itself in both
algorithms, plain and blocked layouts, and the sum of those that are chosen.
The others: how fast the elements that must be read and written pass, as a
share of the speed of a plain copy in the same run. OMP_NUM_THREADS sets the
number of threads.
"""
import argparse
import time

import numpy as np

import cupy
from cupy import cudnn
from cupy.cuda import cudnn as libcudnn

# Images, channels, size, filters, taps, padding, stride, groups.
CONVOLUTIONS = [
    (32, 64, 32, 64, 3, 1, 1, 1),
    (64, 1, 28, 20, 5, 0, 1, 1),
    (64, 20, 12, 50, 5, 0, 1, 1),
    (32, 3, 32, 64, 3, 1, 1, 1),
    (32, 64, 32, 128, 3, 1, 2, 1),
    (32, 256, 14, 64, 1, 0, 1, 1),
    (32, 64, 32, 64, 3, 1, 1, 64),
]
ONE, ZERO = cudnn.scalar(1, 'f'), cudnn.scalar(0, 'f')


def floats(*shape):
    return cupy.array(np.random.RandomState(0).randn(*shape).astype('f'))


def best(call, seconds):
    """Returns the shortest time of a call in milliseconds."""
    call()
    shortest = float('inf')
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest * 1e3


def convolution(seconds, n, c, size, k, taps, pad, stride, groups):
    """Prints the times of one shape."""
    out = (size + 2 * pad - taps) // stride + 1
    x, w, y = floats(n, c, size, size), floats(k, c // groups, taps, taps), (
        floats(n, k, out, out))
    xd, yd = map(cudnn.create_tensor_descriptor, (x, y))
    wd = cudnn.create_filter_descriptor(w)
    conv = cudnn.create_convolution_descriptor(
        (pad, pad), (stride, stride), 'f', groups=groups)
    handle = cudnn.get_handle()
    totals = np.zeros(3)
    line = []
    for name, a_desc, a, b_desc, b, c_desc in [
            ('Forward', xd, x, wd, w, yd),
            ('BackwardData', wd, w, yd, y, xd),
            ('BackwardFilter', xd, x, yd, y, wd)]:
        order = a_desc.value, b_desc.value, conv.value, c_desc.value
        result = cupy.empty({yd: y, xd: x, wd: w}[c_desc].shape, 'f')
        times = []
        for algo in 0, 1:
            bytes = getattr(libcudnn, f'getConvolution{name}WorkspaceSize')(
                handle, *order, algo)
            work = cupy.empty(bytes, 'b')
            run = getattr(libcudnn, f'convolution{name}')
            args = (handle, ONE.data, a_desc.value, a.data.ptr, b_desc.value,
                    b.data.ptr, conv.value, algo, work.data.ptr, bytes,
                    ZERO.data, c_desc.value, result.data.ptr)
            times.append(best(lambda run=run, args=args: run(*args),
                              seconds))
        choose = getattr(libcudnn, f'getConvolution{name}Algorithm')
        chosen = choose(
            handle, *order, libcudnn.CUDNN_CONVOLUTION_FWD_PREFER_FASTEST, 0)
        totals += times + [times[chosen]]
        line.append(f'{times[0]:8.2f} {times[1]:8.2f} ')
    shape = f'{n}x{c}x{size}x{size} k{k} {taps}x{taps} s{stride} g{groups}'
    print(f'{shape:32}' + ''.join(line)
          + ''.join(f'{total:8.2f}' for total in totals))


def layers():
    """Yields names, calls and how many arrays of what size pass."""
    handle = cudnn.get_handle()
    x, y, gy, gx = (floats(32, 64, 56, 56) for _ in range(4))
    desc = cudnn.create_tensor_descriptor(x)
    d = desc.value
    for name in 'RELU', 'SIGMOID', 'TANH', 'ELU':
        act = cudnn.create_activation_descriptor(
            getattr(libcudnn, f'CUDNN_ACTIVATION_{name}'), coef=1)
        yield name.lower(), lambda act=act: libcudnn.activationForward(
            handle, act.value, ONE.data, d, x.data.ptr, ZERO.data, d,
            y.data.ptr), 2 * x.size
        yield name.lower() + "'", (
            lambda act=act: libcudnn.activationBackward(
                handle, act.value, ONE.data, d, y.data.ptr, d, gy.data.ptr,
                d, x.data.ptr, ZERO.data, d, gx.data.ptr)), 4 * x.size

    bias = floats(1, 64, 1, 1)
    bias_desc = cudnn.create_tensor_descriptor(bias)
    yield 'add bias', lambda: libcudnn.addTensor(
        handle, ONE.data, bias_desc.value, bias.data.ptr, ONE.data, d,
        y.data.ptr), 2 * x.size
    yield "bias'", lambda: libcudnn.convolutionBackwardBias(
        handle, ONE.data, d, y.data.ptr, ZERO.data, bias_desc.value,
        bias.data.ptr), x.size

    for name in 'MAX', 'AVERAGE_COUNT_INCLUDE_PADDING':
        for window in 2, 3:
            pooling = cudnn.create_pooling_descriptor(
                (window,) * 2, (2, 2), (window // 2 - (window == 2),) * 2,
                getattr(libcudnn, f'CUDNN_POOLING_{name}'))
            small = floats(32, 64, 28, 28)
            small_desc = cudnn.create_tensor_descriptor(small)
            title = f'{name[:3].lower()} pool {window}'
            yield title, lambda p=pooling, s=small, sd=small_desc: (
                libcudnn.poolingForward(
                    handle, p.value, ONE.data, d, x.data.ptr, ZERO.data,
                    sd.value, s.data.ptr)), x.size + small.size
            yield title + "'", lambda p=pooling, s=small, sd=small_desc: (
                libcudnn.poolingBackward(
                    handle, p.value, ONE.data, sd.value, s.data.ptr, sd.value,
                    s.data.ptr, d, x.data.ptr, ZERO.data, d,
                    gx.data.ptr)), 2 * x.size + small.size

    for title, mode, shape in [
            ('batch norm', libcudnn.CUDNN_BATCHNORM_SPATIAL,
             (32, 64, 56, 56)),
            ('batch norm 1d', libcudnn.CUDNN_BATCHNORM_PER_ACTIVATION,
             (1000, 4096, 1, 1))]:
        bx, by = floats(*shape), floats(*shape)
        bd = cudnn.create_tensor_descriptor(bx)
        params = [floats(1, shape[1], 1, 1) for _ in range(6)]
        pd = cudnn.create_tensor_descriptor(params[0])
        p = [a.data.ptr for a in params]
        yield title, lambda m=mode, bx=bx, by=by, bd=bd, pd=pd, p=p: (
            libcudnn.batchNormalizationForwardTraining(
                handle, m, ONE.data, ZERO.data, bd.value, bx.data.ptr,
                bd.value, by.data.ptr, pd.value, p[0], p[1], 1., p[2], p[3],
                1e-5, p[4], p[5])), 4 * bx.size
        yield title + "'", lambda m=mode, bx=bx, by=by, bd=bd, pd=pd, p=p: (
            libcudnn.batchNormalizationBackward(
                handle, m, ONE.data, ZERO.data, ONE.data, ZERO.data, bd.value,
                bx.data.ptr, bd.value, by.data.ptr, bd.value, by.data.ptr,
                pd.value, p[0], p[1], p[2], 1e-5, p[4], p[5])), 5 * bx.size

    for shape in (1000, 10000, 1, 1), (32, 21, 112, 112):
        sx, sy = floats(*shape), floats(*shape)
        sd = cudnn.create_tensor_descriptor(sx)
        for title, algo in ('softmax', libcudnn.CUDNN_SOFTMAX_ACCURATE), (
                'log softmax', libcudnn.CUDNN_SOFTMAX_LOG):
            yield f'{title} {shape[1]}', (
                lambda a=algo, sx=sx, sy=sy, sd=sd: libcudnn.softmaxForward(
                    handle, a, libcudnn.CUDNN_SOFTMAX_MODE_CHANNEL, ONE.data,
                    sd.value, sx.data.ptr, ZERO.data, sd.value,
                    sy.data.ptr)), 2 * sx.size


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seconds', type=float, default=.5)
    seconds = parser.parse_args().seconds
    print(f'{"convolution, ms":32}' + ''.join(
        f'{name + " plain, blocked":>17} ' for name in ('y', 'gx', 'gw'))
        + '   plain blocked  chosen')
    for shape in CONVOLUTIONS:
        convolution(seconds, *shape)

    # The copy is cuDNN's own: y = 1 * x, on all threads.
    x, y = floats(32, 64, 56, 56), floats(32, 64, 56, 56)
    desc = cudnn.create_tensor_descriptor(x)
    copy = best(lambda: libcudnn.addTensor(
        cudnn.get_handle(), ONE.data, desc.value, x.data.ptr, ZERO.data,
        desc.value, y.data.ptr), seconds) / (2 * x.size)
    print(f'\ncopy {4 / copy / 1e6:.1f} GB/s')
    for name, call, elements in layers():
        took = best(call, seconds)
        print(f'{name:20} {took:8.3f} ms, {elements * copy / took:6.0%} of '
              'a copy')


if __name__ == '__main__':
    main()
