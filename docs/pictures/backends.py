"""The two backends of CuPy, and what they stand on."""
import svg

WIDTH, GAP = 520, 10


def row(drawing, y, lines, fill, height=46):
    drawing.labelled_box(0.5, y, WIDTH - 1, height, lines, fill, svg.GREY)


def column(drawing, left, boxes, fill, stroke):
    width = (WIDTH - GAP) / 2
    y = 300
    for lines in boxes:
        height = 18 * len(lines) + 16
        drawing.labelled_box(left + 0.5, y, width - 1, height, lines, fill,
                             stroke)
        y += height + GAP
    return y


def draw():
    drawing = svg.Drawing(WIDTH, 0)
    row(drawing, 1, ['chainer', 'functions, links, optimizers: '
                     'forward_gpu, cuda.elementwise'], svg.SAND)
    row(drawing, 57, ['cupy: routines', "NumPy's functions, in Python"],
        svg.SAND)
    row(drawing, 113, ['cupy.core', 'ndarray, ufuncs, kernels: the text of '
                       'CUDA C++, the same for both'], svg.SAND)
    row(drawing, 169, ['cupy.cuda', 'devices, memory pool, streams; bindings '
                       "of CUDA's functions"], svg.SAND)
    drawing.text(WIDTH / 2, 240, 'the C interface of CUDA, '
                 'chosen when CuPy is built', 13, fill=svg.INK)
    for x in 0.25 * WIDTH, 0.75 * WIDTH:
        drawing.line([(x, 216), (x, 228)])
        drawing.line([(x, 252), (x, 272)], arrow=True)
    drawing.text(0.25 * WIDTH, 286, 'CUPY_BACKEND=cuda', 13, mono=True)
    drawing.text(0.75 * WIDTH, 286, 'CUPY_BACKEND=host', 13, mono=True)
    ends = [
        column(drawing, 0, [
            ['CUDA runtime, driver'], ['NVRTC', 'compiles kernels'],
            ['cuBLAS, cuRAND, cuDNN'], ['NVIDIA GPU']],
            svg.GREEN, svg.DARK_GREEN),
        column(drawing, (WIDTH + GAP) / 2, [
            ['the host device: C++ of ours'],
            ['gcc or clang', 'compiles kernels'],
            ['OpenBLAS, Philox, oneDNN'], ['all cores of the CPU']],
            svg.BLUE, svg.DARK_BLUE)]
    drawing.height = int(max(ends))
    return drawing.dump()
