"""Drawing with lines, boxes and words: text of SVG."""
from xml.sax.saxutils import escape

FONT = 'system-ui, "Segoe UI", Helvetica, Arial, sans-serif'
INK, GREY = '#333333', '#888888'
BLUE, RED, GREEN, SAND = '#dbe7f6', '#f8ddd8', '#dff0dc', '#f4eede'
DARK_BLUE, DARK_RED, DARK_GREEN = '#3f73b5', '#c0503f', '#4b8f45'


class Drawing:
    """A picture of some width and height, in pixels from the upper left."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.parts = []

    def box(self, x, y, width, height, fill, stroke='none', radius=6):
        """Draws a rectangle, ``x`` and ``y`` being its upper left corner."""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" rx="{radius}" fill="{fill}" '
            f'stroke="{stroke}"/>')

    def text(self, x, y, text, size=14, anchor='middle', fill=INK, bold=False,
             mono=False):
        """Writes a line, ``y`` being the middle of its height."""
        style = ' font-weight="600"' * bold
        style += ' font-family="ui-monospace, Menlo, monospace"' * mono
        self.parts.append(
            f'<text x="{x:.1f}" y="{y + 0.35 * size:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{fill}"{style}>{escape(text)}'
            f'</text>')

    def line(self, points, stroke=GREY, width=1.5, arrow=False, dashed=False):
        """Draws a line through points."""
        path = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
        style = ' marker-end="url(#arrow)"' * arrow
        style += ' stroke-dasharray="4 4"' * dashed
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{stroke}" '
            f'stroke-width="{width}"{style}/>')

    def labelled_box(self, x, y, width, height, lines, fill, stroke='none',
                     radius=6):
        """Draws a box with a line of bold text in it, and smaller ones."""
        self.box(x, y, width, height, fill, stroke, radius)
        middle = y + height / 2 - 9 * (len(lines) - 1)
        for i, line in enumerate(lines):
            self.text(x + width / 2, middle + 18 * i, line,
                      14 if i == 0 else 12, bold=i == 0,
                      fill=INK if i == 0 else '#555555')

    def dump(self):
        """Returns the picture as a text."""
        arrow = (
            '<marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" '
            'markerWidth="7" markerHeight="7" orient="auto">'
            f'<path d="M0,0 L10,5 L0,10 z" fill="{GREY}"/></marker>')
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
            f'height="{self.height}" viewBox="0 0 {self.width} {self.height}" '
            f"font-family='{FONT}'>\n<defs>{arrow}</defs>\n"
            + '\n'.join(self.parts) + '\n</svg>\n')
