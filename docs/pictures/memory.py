"""Which arrays are alive during a forward and a backward pass: measured."""
import weakref

import numpy as np
import svg

import chainer
import chainer.functions as F
import chainer.links as L

BATCH = 1000
LEFT, STEP, ROW, TOP = 74, 31, 22, 124


class Watch(chainer.function.FunctionHook):
    """Notes after each step which of the arrays it knows are alive."""

    name = 'Watch'

    def __init__(self, model):
        self.model = model
        self.arrays = {}  # name: weak reference
        self.sizes = {}
        self.steps = []  # label, names of those alive

    def know(self, name, array):
        if name not in self.arrays:
            self.arrays[name] = weakref.ref(array)
            self.sizes[name] = array.nbytes

    def note(self, label):
        for name, parameter in self.model.namedparams():
            if parameter.grad is not None and parameter.ndim > 1:
                self.know(f'grad W{int(name[1]) + 1}', parameter.grad)
        self.steps.append((label, {
            name for name, array in self.arrays.items()
            if array() is not None}))

    def backward_preprocess(self, function, in_data, out_grad):
        output = function.outputs[0]()
        self.know(f'grad {output.name}', out_grad[0])
        self.note(f'{function.label} backward')


def measure():
    """Trains one step and returns what was alive when."""
    model = chainer.ChainList(
        L.Linear(784, 400), L.Linear(400, 400), L.Linear(400, 10))
    model.cleargrads()
    watch = Watch(model)
    h = chainer.Variable(np.zeros((BATCH, 784), 'f'))
    t = chainer.Variable(np.zeros(BATCH, 'i'))
    for i, link in enumerate(model):
        h = link(h)
        h.name = f'a{i + 1}' if i < 2 else 'y'
        watch.know(h.name, h.data)
        watch.note('Linear')
        if i < 2:
            h = F.relu(h)
            h.name = f'h{i + 1}'
            watch.know(h.name, h.data)
            watch.note('ReLU')
    h = F.softmax_cross_entropy(h, t)
    h.name = 'loss'
    watch.know(h.name, h.data)
    watch.note('loss')
    with watch:
        h.backward()
    watch.note('end')
    del h
    watch.note('del loss')
    return watch


def draw():
    watch = measure()
    names = list(watch.arrays)
    width = LEFT + STEP * len(watch.steps) + 30
    drawing = svg.Drawing(width, TOP + ROW * len(names) + 46)
    middle = LEFT + STEP * 6
    draw_total(drawing, watch)
    for i, name in enumerate(names):
        draw_life(drawing, watch, name, TOP + ROW * i)
    bottom = TOP + ROW * len(names) + 14
    drawing.line([(middle, 8), (middle, bottom)], dashed=True)
    end = LEFT + STEP * (len(watch.steps) - 1)
    drawing.line([(end, 8), (end, bottom)], dashed=True)
    drawing.text((LEFT + middle) / 2, bottom + 8, 'forward →', 15)
    drawing.text((middle + end) / 2, bottom + 8, '← backward', 15)
    drawing.text(end + 3, bottom + 8, 'del loss', 11, 'start', mono=True)
    return drawing.dump()


def draw_total(drawing, watch):
    """Draws how much memory all of them take."""
    totals = [sum(watch.sizes[name] for name in alive) / 1e6
              for _, alive in watch.steps]
    scale = 78 / max(totals)
    drawing.text(LEFT - 8, TOP - 60, 'MB', 13, 'end')
    for i, total in enumerate(totals):
        height = total * scale
        drawing.box(LEFT + STEP * i + 4, TOP - 14 - height, STEP - 8, height,
                    svg.SAND, svg.GREY, 2)
        drawing.text(LEFT + STEP * (i + 0.5), TOP - 24 - height,
                     f'{total:.1f}', 11)


def draw_life(drawing, watch, name, y):
    """Draws a bar from the step where an array is made to its last one."""
    steps = [i for i, (_, alive) in enumerate(watch.steps) if name in alive]
    kind = 'grad' in name, 'W' in name
    fill, stroke = {(False, False): (svg.BLUE, svg.DARK_BLUE),
                    (True, False): (svg.RED, svg.DARK_RED),
                    (True, True): (svg.GREEN, svg.DARK_GREEN)}[kind]
    drawing.text(LEFT - 8, y + ROW / 2, name, 13, 'end')
    if steps:
        drawing.box(LEFT + STEP * steps[0] + 2, y + 3,
                    STEP * (steps[-1] - steps[0] + 1) - 4, ROW - 6, fill,
                    stroke, 3)
