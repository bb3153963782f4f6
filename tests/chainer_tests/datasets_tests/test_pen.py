import unittest

import numpy
from numpy import testing

from chainer.datasets import pen


class TestSpline(unittest.TestCase):

    def test_goes_through_the_points(self):
        for n in (2, 3, 7):
            points = numpy.random.RandomState(0).randn(n, 2)
            curve = pen.spline(n) @ points
            self.assertEqual(curve.shape, (3 * (n - 1) + 1, 2))
            testing.assert_allclose(curve[::3], points, atol=1e-12)

    def test_straight_line(self):
        testing.assert_allclose(
            pen.spline(4) @ numpy.arange(4.), numpy.arange(10) / 3)

    def test_parabola(self):
        # Central differences are the derivatives of a parabola, so that it is
        # reproduced between inner points.
        x = numpy.arange(5.)
        t = numpy.arange(13) / 3
        testing.assert_allclose(
            (pen.spline(5) @ (x * x))[3:10], (t * t)[3:10])


class TestDraw(unittest.TestCase):

    def draw(self, starts, ends, radius, softness, ink=1., grain=1.):
        n = len(starts)
        return pen.draw(
            numpy.array(starts, float), numpy.array(ends, float),
            numpy.full(n, radius), numpy.full(n, softness),
            numpy.full(n, ink), numpy.full((n, 28, 28), grain))

    def test_distance(self):
        # A pen whose edge is as soft as the sheet is wide shows distances.
        random = numpy.random.RandomState(0)
        starts = random.uniform(0, 28, (300, 3, 2))
        ends = random.uniform(0, 28, (300, 3, 2))
        images = self.draw(starts, ends, 20., 40.)
        y, x = numpy.mgrid[:28, :28]
        for i in (0, 200, 299):
            distance = numpy.full((28, 28), numpy.inf)
            for (ax, ay), (bx, by) in zip(starts[i], ends[i], strict=True):
                # Points of the segment, so near that the nearest will do.
                for t in numpy.linspace(0, 1, 500):
                    distance = numpy.minimum(distance, numpy.hypot(
                        x - ax - t * (bx - ax), y - ay - t * (by - ay)))
            depth = 1 - distance / 40
            testing.assert_allclose(
                images[i], 255 * depth ** 2 * (3 - 2 * depth), atol=.6)

    def test_point(self):
        image, = self.draw([[[5, 9]]], [[[5, 9]]], 1.7, .4)
        y, x = numpy.mgrid[:28, :28]
        near = (abs(x - 5) <= 1) & (abs(y - 9) <= 1)
        testing.assert_array_equal(image, numpy.where(near, 255, 0))

    def test_line(self):
        image, = self.draw([[[5, 0]]], [[[5, 27]]], 1.5, 1.)
        self.assertEqual(image.dtype, numpy.uint8)
        testing.assert_array_equal(
            image, numpy.tile([0] * 4 + [255] * 3 + [0] * 21, (28, 1)))

    def test_ink_and_grain(self):
        image, = self.draw([[[5, 0]]], [[[5, 27]]], 1.5, 1., ink=.5)
        self.assertEqual(image.max(), 128)
        image, = self.draw([[[5, 0]]], [[[5, 27]]], 1.5, 1., .5, .5)
        self.assertEqual(image.max(), 64)
