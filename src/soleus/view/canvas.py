"""An antialiased drawing surface: the one file of `view` that knows matplotlib, of which it uses the Agg rasteriser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.view.error import ViewError

Color = tuple[float, float, float]
"""Red, green and blue in [0, 1]"""
Align = Literal["left", "center", "right"]

POINTS_PER_INCH = 72
"""At this resolution a typographic point is one pixel."""


class Canvas:
    """A picture to draw on. Positions are pixels from the lower left corner."""

    def __init__(self, background: NDArray[np.uint8]) -> None:
        """Args:
        background: what is on the canvas at first, RGBA, shape (height, width, 4).
        """
        try:
            from matplotlib.backends.backend_agg import RendererAgg
            from matplotlib.path import Path
            from matplotlib.transforms import IdentityTransform
        except ImportError as error:
            raise ViewError(
                "pictures need matplotlib, which is not installed; install it with: pip install 'soleus[view]'"
            ) from error
        self.height, self.width = background.shape[:2]
        self._path = Path
        self._identity = IdentityTransform()
        self._renderer = RendererAgg(self.width, self.height, POINTS_PER_INCH)
        self.image(0, 0, background)

    def image(self, x: float, y: float, image: NDArray[np.uint8]) -> None:
        """Put an RGBA image of shape (height, width, 4) with its lower left corner at x, y."""
        self._renderer.draw_image(self._pen(), x, y, np.ascontiguousarray(image[::-1]))

    def fill(
        self,
        polygons: Sequence[Array],
        color: Color,
        alpha: float = 1.0,
        edge: Color | None = None,
        edge_width: float = 1.0,
    ) -> None:
        """Fill the union of polygons that turn the same way, each of shape (n, 2); an edge is drawn around each."""
        path = self._outline(polygons, closed=True)
        pen = self._pen(edge or color, alpha, edge_width if edge else 0.0)
        self._renderer.draw_path(pen, path, self._identity, (*color, alpha))

    def line(self, points: Array, color: Color, width: float, alpha: float = 1.0) -> None:
        """A polyline with round ends, points of shape (n, 2)."""
        self._renderer.draw_path(
            self._pen(color, alpha, width), self._outline([points], closed=False), self._identity, None
        )

    def text(self, x: float, y: float, text: str, size: float, color: Color, align: Align = "left") -> None:
        """A line of text on the baseline y; `size` in pixels."""
        font = _font(round(size, 1))
        if align != "left":
            width = self._renderer.get_text_width_height_descent(text, font, ismath=False)[0]
            x -= width / 2 if align == "center" else width
        self._renderer.draw_text(self._pen(color), x, self.height - y, text, font, 0.0)

    def pixels(self) -> NDArray[np.uint8]:
        """A copy of the picture, shape (height, width, 3)."""
        return np.ascontiguousarray(np.asarray(self._renderer.buffer_rgba())[:, :, :3])

    def _pen(self, color: Color = (0.0, 0.0, 0.0), alpha: float = 1.0, width: float = 1.0) -> Any:
        pen = self._renderer.new_gc()
        pen.set_foreground((*color, alpha), isRGBA=True)
        pen.set_alpha(alpha)
        pen.set_linewidth(width)
        pen.set_capstyle("round")
        pen.set_joinstyle("round")
        pen.set_snap(False)
        return pen

    def _outline(self, polygons: Sequence[Array], closed: bool) -> Any:
        codes = [_codes(len(polygon), closed) for polygon in polygons]
        points = [np.concatenate([polygon, polygon[:1]]) if closed else polygon for polygon in polygons]
        return self._path(np.concatenate(points), np.concatenate(codes))


@lru_cache
def _codes(n_point: int, closed: bool) -> NDArray[np.uint8]:
    """Drawing commands of a path: move, line, ..., and close."""
    from matplotlib.path import Path

    ending = [Path.CLOSEPOLY] if closed else []
    return np.array([Path.MOVETO, *[Path.LINETO] * (n_point - 1), *ending], dtype=np.uint8)


@lru_cache
def _font(size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family="DejaVu Sans", size=size)
