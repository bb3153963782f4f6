"""Digits as a hand writes them: strokes of a pen, never twice the same."""
import math

import numpy

from chainer.datasets import pen

# Each digit has several ways of being written, a way is a list of strokes, and
# a stroke is a smooth curve through its points, given in a unit square with y
# pointing down. Where two strokes of a way share a point, there is a corner:
# the point moves, but the strokes stay joined.
_WAYS = [
    [  # 0
        [[(.55, .02), (.30, .11), (.19, .42), (.25, .80), (.49, .98),
          (.75, .84), (.82, .48), (.71, .13), (.50, .03)]],
        [[(.36, .10), (.22, .34), (.24, .75), (.47, .97), (.74, .80),
          (.78, .38), (.62, .06), (.40, .05), (.30, .18)]],
    ],
    [  # 1: a stroke; with a flag; with a flag and a base
        [[(.51, 0.), (.50, .50), (.49, 1.)]],
        [[(.33, .22), (.44, .13), (.53, 0.)],
         [(.53, 0.), (.52, .50), (.52, 1.)]],
        [[(.33, .22), (.44, .13), (.53, 0.)],
         [(.53, 0.), (.52, .50), (.52, .97)],
         [(.26, .98), (.52, .97), (.78, .97)]],
    ],
    [  # 2: with a corner at the foot; with a loop there
        [[(.20, .26), (.34, .06), (.60, .03), (.77, .21), (.67, .47),
          (.43, .73), (.17, .96)],
         [(.17, .96), (.50, .93), (.85, .96)]],
        [[(.21, .22), (.38, .04), (.63, .05), (.75, .24), (.63, .52),
          (.39, .82), (.20, .95), (.16, .82), (.34, .79), (.58, .95),
          (.85, .90)]],
    ],
    [  # 3: round; with a flat top
        [[(.21, .14), (.44, .02), (.71, .13), (.67, .36), (.42, .46)],
         [(.42, .46), (.72, .54), (.79, .77), (.54, .98), (.18, .87)]],
        [[(.21, .05), (.48, .04), (.76, .04)],
         [(.76, .04), (.59, .22), (.45, .40)],
         [(.45, .40), (.72, .49), (.79, .75), (.54, .98), (.19, .89)]],
    ],
    [  # 4: open; closed
        [[(.27, .02), (.22, .32), (.17, .56)],
         [(.17, .56), (.50, .57), (.84, .53)],
         [(.68, .10), (.66, .55), (.62, 1.)]],
        [[(.66, 0.), (.38, .36), (.12, .67)],
         [(.12, .67), (.50, .67), (.88, .66)],
         [(.66, 0.), (.65, .50), (.64, 1.)]],
    ],
    [  # 5: with a corner; in one curve
        [[(.31, .04), (.55, .03), (.80, .03)],
         [(.31, .04), (.27, .24), (.25, .44)],
         [(.25, .44), (.50, .37), (.77, .53), (.75, .84), (.48, .99),
          (.18, .88)]],
        [[(.80, .06), (.54, .03), (.32, .13), (.28, .36), (.50, .45),
          (.75, .60), (.70, .89), (.43, .98), (.19, .88)]],
    ],
    [  # 6: with a curved back; with a straight one
        [[(.70, .05), (.44, .16), (.25, .45), (.22, .78), (.46, .98),
          (.73, .86), (.73, .62), (.50, .51), (.25, .68)]],
        [[(.54, 0.), (.36, .34), (.23, .68), (.32, .94), (.58, .95),
          (.73, .75), (.60, .57), (.36, .64), (.24, .80)]],
    ],
    [  # 7: plain; with a bar; with a serif
        [[(.18, .06), (.50, .04), (.81, .05)],
         [(.81, .05), (.59, .48), (.42, 1.)]],
        [[(.18, .06), (.50, .04), (.81, .05)],
         [(.81, .05), (.59, .48), (.42, 1.)],
         [(.33, .53), (.54, .51), (.76, .50)]],
        [[(.19, .22), (.18, .13), (.20, .05)],
         [(.20, .05), (.50, .05), (.80, .04)],
         [(.80, .04), (.55, .42), (.47, 1.)]],
    ],
    [  # 8: in one stroke; of two circles
        [[(.73, .14), (.49, .02), (.26, .15), (.36, .38), (.62, .57),
          (.77, .80), (.50, .98), (.24, .80), (.40, .57), (.66, .36),
          (.72, .14)]],
        [[(.51, .03), (.29, .11), (.30, .36), (.51, .46), (.71, .34),
          (.70, .11), (.49, .03)],
         [(.51, .46), (.26, .58), (.25, .87), (.50, .98), (.76, .87),
          (.74, .58), (.49, .47)]],
    ],
    [  # 9: with a straight stem; with a hook
        [[(.76, .14), (.52, .02), (.26, .17), (.28, .43), (.53, .49),
          (.74, .30), (.76, .14)],
         [(.76, .14), (.74, .55), (.64, 1.)]],
        [[(.74, .12), (.50, .03), (.27, .18), (.29, .42), (.53, .48),
          (.72, .30), (.74, .12)],
         [(.74, .12), (.77, .45), (.73, .80), (.50, .98), (.24, .90)]],
    ],
]

_CENTRE = (pen.SIDE - 1) / 2
_HEIGHT = 19.
_WIDTH = 18.

# Standard deviations of what differs from one digit to the next. With these, a
# linear classifier is right about seven times in eight, and a small network
# nearly always.
_JITTER = .045
_WAVE = .07
_LOG_SIZE = .12
_SLANT = .22
_ANGLE = .12
_SHIFT = 1.1


def write(labels, random_state):
    """Writes digits with a pen on small images.

    A way of writing the digit is chosen, each of its points is moved a little,
    the sheet is bent by a wave, and the digit is scaled, slanted, turned and
    shifted. The pen has a random width, softness and amount of ink.

    Args:
        labels (numpy.ndarray): Digits to write, a vector of integers.
        random_state (numpy.random.RandomState): Source of randomness.

    Returns:
        numpy.ndarray: Images of shape ``(len(labels), 28, 28)`` and type
        uint8, zero where there is no ink.

    """
    images = numpy.empty((len(labels), pen.SIDE, pen.SIDE), numpy.uint8)
    choices = random_state.randint(1 << 16, size=len(labels))
    for digit, ways in enumerate(_WAYS):
        for i, strokes in enumerate(ways):
            members = numpy.flatnonzero(
                (labels == digit) & (choices % len(ways) == i))
            images[members] = _write(strokes, len(members), random_state)
    return images


def _write(strokes, n, random_state):
    """Writes one digit in one way ``n`` times."""
    points = list(dict.fromkeys(sum(strokes, [])))
    starts, ends = _segments(strokes, points)
    points = numpy.array(points) - .5
    moved = points + random_state.normal(0, _JITTER, (n,) + points.shape)
    placed = _place(_bend(moved, random_state), random_state)
    return pen.draw(
        numpy.matmul(starts, placed), numpy.matmul(ends, placed),
        radius=random_state.uniform(.9, 1.7, n),
        softness=random_state.uniform(1., 1.9, n),
        ink=random_state.uniform(.8, 1., n),
        grain=random_state.uniform(.85, 1., (n, pen.SIDE, pen.SIDE)))


def _segments(strokes, points):
    """Weights that make ends of line segments from points.

    Returns:
        tuple: Two matrices of shape (segments, points), whose products with
        the coordinates of the points are the starts and the ends of the
        segments that approximate all strokes.

    """
    starts, ends = [], []
    for stroke in strokes:
        curve = pen.spline(len(stroke)) @ numpy.eye(len(points))[
            [points.index(point) for point in stroke]]
        starts.append(curve[:-1])
        ends.append(curve[1:])
    return numpy.concatenate(starts), numpy.concatenate(ends)


def _bend(points, random_state):
    n = len(points)
    amplitude = random_state.normal(0, _WAVE, (n, 1, 2))
    phase = random_state.uniform(0, 2 * math.pi, (n, 1, 2))
    return points + amplitude * numpy.sin(4 * points[:, :, ::-1] + phase)


def _place(points, random_state):
    n = len(points)
    size = numpy.exp(random_state.normal(0, _LOG_SIZE, (n, 2)))
    width, height = _WIDTH * size[:, 0], _HEIGHT * size[:, 1]
    # Most people lean their digits to the right.
    slant = random_state.normal(.1, _SLANT, n)
    angle = random_state.normal(0, _ANGLE, n)
    shift = random_state.normal(_CENTRE, _SHIFT, (n, 1, 2))
    cos, sin = numpy.cos(angle), numpy.sin(angle)
    matrix = numpy.array([
        [cos * width, -(cos * slant + sin) * height],
        [sin * width, (cos - sin * slant) * height],
    ]).transpose(2, 1, 0)
    return numpy.matmul(points, matrix) + shift
