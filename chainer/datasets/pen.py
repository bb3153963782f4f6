"""A pen that draws curves of soft edges on small sheets, many at a time."""
import numpy

#: Height and width of a sheet in pixels.
SIDE = 28

_SHEETS_AT_ONCE = 256  # so that the arrays stay in the cache of a processor
_PARTS = 3


def spline(n):
    """Weights of a smooth curve through ``n`` points.

    It is the Catmull-Rom spline: between the points :math:`p_1` and
    :math:`p_2`, which follow :math:`p_0` and precede :math:`p_3`, the position
    at :math:`t \\in [0, 1]` is the cubic polynomial whose derivatives at the
    two ends are :math:`(p_2 - p_0) / 2` and :math:`(p_3 - p_1) / 2`. Before
    the first and after the last point, the curve is taken to go straight on.

    Args:
        n (int): Number of points, at least two.

    Returns:
        numpy.ndarray: Matrix whose product with the coordinates of the points
        is positions on the curve: three between each two points, which begin
        with the first of them, and the last point.

    """
    point = numpy.zeros((n + 2, n))
    point[1:-1] = numpy.eye(n)
    point[0] = 2 * point[1] - point[2]
    point[-1] = 2 * point[-2] - point[-3]
    t = (numpy.arange(_PARTS) / _PARTS)[:, None]
    weights = [t * (2 * t - t * t - 1) / 2, 1 + t * t * (3 * t - 5) / 2,
               t * (1 + 4 * t - 3 * t * t) / 2, t * t * (t - 1) / 2]
    parts = [
        sum(weight * point[i + k] for k, weight in enumerate(weights))
        for i in range(n - 1)]
    return numpy.concatenate(parts + [point[-2:-1]])


def draw(starts, ends, radius, softness, ink, grain):
    """Draws line segments with a pen.

    The darkness of a pixel falls with its distance :math:`d` from the nearest
    segment, from ``ink`` where :math:`d < radius - softness / 2` to zero where
    :math:`d > radius + softness / 2`.

    Args:
        starts (numpy.ndarray): Where the segments start: the shape is
            (sheets, segments, 2), the unit is a pixel, and x comes before y.
        ends (numpy.ndarray): Where they end, in the same form.
        radius (numpy.ndarray): Radius of the pen for each sheet.
        softness (numpy.ndarray): Width of the soft edge for each sheet.
        ink (numpy.ndarray): Darkness of the ink for each sheet, at most 1.
        grain (numpy.ndarray): Factor for each pixel of each sheet, at most 1.

    Returns:
        numpy.ndarray: Images of shape (sheets, 28, 28) and type uint8.

    """
    images = numpy.empty((len(starts), SIDE, SIDE), numpy.uint8)
    for i in range(0, len(images), _SHEETS_AT_ONCE):
        k = slice(i, i + _SHEETS_AT_ONCE)
        distance = _distance(starts[k].astype('f'), ends[k].astype('f'))
        edge = (radius[k, None, None] - distance) / softness[k, None, None]
        depth = numpy.clip(edge + .5, 0, 1)
        smooth = depth * depth * (3 - 2 * depth)
        images[k] = 255 * ink[k, None, None] * grain[k] * smooth + .5
    return images


def _distance(starts, ends):
    """Distance of each pixel from the nearest segment of its sheet.

    With the vectors a from the start to the pixel and b from the start to the
    end, the nearest point of a segment is at t b, where t is e = a.b / b.b
    limited to [0, 1], and the squared distance is a.a + (t - 2 e) t b.b.
    """
    pixels = numpy.arange(SIDE, dtype=starts.dtype)
    nearest = numpy.full((len(starts), SIDE, SIDE), numpy.inf, starts.dtype)
    for start, end in zip(
            starts.swapaxes(0, 1), ends.swapaxes(0, 1), strict=True):
        ax = pixels - start[:, :1]
        ay = pixels - start[:, 1:]
        b = end - start
        bb = numpy.maximum((b * b).sum(1, keepdims=True), 1e-6)
        e = _outer_sum(ax * b[:, :1] / bb, ay * b[:, 1:] / bb)
        t = numpy.clip(e, 0, 1)
        # In place, for speed.
        e *= -2
        e += t
        e *= t
        e *= bb[:, :, None]
        e += _outer_sum(ax * ax, ay * ay)
        numpy.minimum(nearest, e, out=nearest)
    return numpy.sqrt(numpy.maximum(nearest, 0))


def _outer_sum(x, y):
    return x[:, None, :] + y[:, :, None]
