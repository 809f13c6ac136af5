"""Scene -> picture. `draw` is the recipe: ground, shadow, limbs from far to near, words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Measurement, Parameters, State
from soleus.model.spec import Model
from soleus.view import palette
from soleus.view.camera import Camera
from soleus.view.canvas import Canvas, Color
from soleus.view.palette import darker, lighter, mix
from soleus.view.scene import MusclePath, Scene, Solid, look

TRACK_HALF_WIDTH = 0.6
"""[m]"""
TRACK_REACH = 5
"""Metres of track drawn before and behind the runner"""
GRID_REACH = 4
"""The same to both sides, of a body beside the track"""
SWAY = 0.3
"""Metres to the side for which the camera stays where it is"""
TURN = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
DIRECTIONS = np.stack([np.cos(TURN), np.sin(TURN)], axis=1)
"""Unit vectors all around, shape (n, 2)"""
BELLY_SHARE = 0.4
"""Of a muscle's volume; drawing all of it would hide the bones"""
SLENDERNESS = 0.12
"""A belly's radius is at most this share of its length."""
TENDON_RADIUS = 0.0035
"""[m]"""
ALONG_MUSCLE = np.linspace(0.0, 1.0, 15)
SPINDLE = np.sin(np.pi * ALONG_MUSCLE) ** 1.4
"""Radius of a muscle along its path, in units of its greatest"""
LAYER_DEPTH = 0.06
"""Limbs whose roots are this far apart, to the right, lie in different layers [m]"""
PALENESS = 0.45
"""Of what is beyond the trunk"""
LIGHT = np.array([-0.12, 0.16])
"""Where the bright side of a ball is, in radii"""


def draw_world(
    model: Model,
    state: State,
    measurement: Measurement,
    parameters: Parameters,
    *,
    world: int = 0,
    caption: Mapping[str, str] | None = None,
    width: int = 640,
    height: int = 360,
) -> NDArray[np.uint8]:
    """Draw one world of an engine, as `Engine.state` and `measure` give it: RGB, shape (height, width, 3).

    `world` says which one; `caption` adds words to time and distance in the corner, by name; `width` and `height` are
    in pixels.
    """
    return draw(look(model, state, measurement, parameters, world), caption, width, height)


def draw(
    scene: Scene, caption: Mapping[str, str] | None = None, width: int = 640, height: int = 360
) -> NDArray[np.uint8]:
    """Draw a scene; see `draw_world`."""
    camera = Camera(float(scene.center[0]), width, height, z=_beside(float(scene.center[2])))
    canvas = Canvas(_backdrop(camera.width, camera.height, round(camera.horizon)))
    _draw_track(canvas, camera)
    _draw_shadow(canvas, camera, scene)
    layers = np.round((scene.limb_root[:, 2] - scene.center[2]) / LAYER_DEPTH)
    for layer in np.unique(layers[layers < 0]):
        _draw_layer(canvas, camera, scene, np.flatnonzero(layers == layer), PALENESS)
    _draw_obstacles(canvas, camera, scene)
    for layer in np.unique(layers[layers >= 0]):
        _draw_layer(canvas, camera, scene, np.flatnonzero(layers == layer), pale=0.0)
    _draw_words(canvas, scene, caption or {})
    return canvas.pixels()


# --------------------------------------------------------------------------------------------------------- surroundings


@lru_cache(maxsize=4)
def _backdrop(width: int, height: int, horizon: int) -> NDArray[np.uint8]:
    """Sky and ground, RGBA, shape (height, width, 4)."""
    row = height - np.arange(height) - 0.5
    above = np.clip((row - horizon) / max(height - horizon, 1), 0, 1)[:, None]
    below = np.clip((horizon - row) / horizon, 0, 1)[:, None] ** 0.6
    haze, sky, ground = map(np.array, (palette.HAZE, palette.SKY_TOP, palette.GROUND))
    column = np.where(row[:, None] > horizon, haze + (sky - haze) * above, haze + (ground - haze) * below)
    return _image(np.repeat(column[:, None, :], width, axis=1))


def _image(colors: Array) -> NDArray[np.uint8]:
    """Colours in [0, 1] of shape (height, width, 3) as opaque RGBA pixels."""
    opaque = np.insert(colors, 3, 1.0, axis=2)
    return (255 * opaque).round().astype(np.uint8)


def _beside(z: float) -> float:
    """Where the camera looks when a body is so far to the right of the track [m]: it lets one sway."""
    return math.copysign(max(abs(z) - SWAY, 0.0), z)


def _draw_grid(canvas: Canvas, camera: Camera, first: int, last: int) -> None:
    """A line at every metre of the ground beside the track, so that a body that leaves it is seen to move."""
    near, far = math.floor(camera.z) + GRID_REACH, math.floor(camera.z) - GRID_REACH
    lines = [[(first, z), (last, z)] for z in range(far, near + 1)]
    lines += [[(x, far), (x, near)] for x in range(first, last)]
    for line in lines:
        canvas.line(_on_ground(camera, line), palette.TRACK_LINE, canvas.height / 360)


def _draw_track(canvas: Canvas, camera: Camera) -> None:
    """A lane with a line and a number at every metre."""
    half = TRACK_HALF_WIDTH
    first, last = math.floor(camera.x) - TRACK_REACH, math.floor(camera.x) + TRACK_REACH
    if camera.z:
        _draw_grid(canvas, camera, first, last)
    for parity in (0, 1):
        tiles = [
            _on_ground(camera, [(x, -half), (x + 1, -half), (x + 1, half), (x, half)])
            for x in range(first, last)
            if x % 2 == parity
        ]
        canvas.fill(tiles, palette.TRACK[parity])
    unit = canvas.height / 360
    for z in (-half, half):
        canvas.line(_on_ground(camera, [(first, z), (last, z)]), palette.TRACK_LINE, 2.2 * unit)
    for x in range(first, last):
        canvas.line(
            _on_ground(camera, [(x, -half), (x, half)]), palette.TRACK_LINE, (2.2 if x % 5 == 0 else 1.0) * unit
        )
        (label,) = _on_ground(camera, [(x, half + 0.14)])
        if 0 < label[0] < canvas.width:
            color = palette.INK if x % 5 == 0 else palette.INK_FAINT
            canvas.text(label[0], label[1] - 5 * unit, f"{x} m", 11 * unit, color, "center")


def _draw_shadow(canvas: Canvas, camera: Camera, scene: Scene) -> None:
    """What a light straight above would leave dark."""
    balls = [part for solid in scene.solids if solid.kind != "bone" for part in solid.parts]
    balls += [ball[None] for ball in scene.obstacles if ball[1] + ball[3] > 0]
    discs = []
    for part in balls:
        outline = _hull(part[:, [0, 2]], part[:, 3])
        discs.append(camera.project(np.insert(outline, 1, 0.0, axis=1))[0])
    canvas.fill(discs, palette.SHADOW, alpha=0.2)


def _draw_obstacles(canvas: Canvas, camera: Camera, scene: Scene) -> None:
    """The part of each ball above the ground, in the plane between the legs."""
    order = np.argsort(-camera.depth(scene.obstacles[:, :3]))
    for ball in scene.obstacles[order]:
        x, y, _, radius = ball
        if y + radius <= 0 or abs(x - camera.x) > TRACK_REACH:
            continue
        latitude = np.linspace(math.asin(max(-y / radius, -1.0)), math.pi / 2, 16)
        rings = np.stack([y + radius * np.sin(latitude), radius * np.cos(latitude)], axis=1)
        color = palette.OBSTACLE
        edge_width = 1.5 * canvas.height / 360
        canvas.fill([_dome(camera, x, rings, 1.0)], color, edge=darker(color, 0.3), edge_width=edge_width)
        for share, light in ((0.68, 0.13), (0.36, 0.3)):
            canvas.fill([_dome(camera, x, rings, share)], lighter(color, light))


def _dome(camera: Camera, x: float, rings: Array, share: float) -> Array:
    """Outline of a dome over forward position x, shrunk to a share of its size toward the light.

    `rings` holds the height and radius of its horizontal circles from the ground to the top, shape (n, 2) [m].
    """
    bright = 0.4 * rings[0, 0] + 0.6 * rings[-1, 0]
    height = bright + (rings[:, 0] - bright) * share
    center = np.stack([np.full(len(rings), x), height, np.zeros(len(rings))], axis=1)
    pixel, scale = camera.project(center)
    reach = rings[:, 1] * share * scale
    circles = DIRECTIONS * np.array([1.0, math.sin(camera.elevation)])
    outline = pixel[:, None] + reach[:, None, None] * circles
    return _hull(outline.reshape(-1, 2), np.zeros(outline.size // 2))


# ----------------------------------------------------------------------------------------------------------- the runner


def _draw_layer(canvas: Canvas, camera: Camera, scene: Scene, limbs: NDArray[np.intp], pale: float) -> None:
    """Limbs that are equally far away: their flesh in one piece, then bones, shoes and muscles from far to near.

    `pale` is the share of haze in every colour, so that one tells the far leg from the near one.
    """
    solids = [solid for solid in scene.solids if solid.limb in limbs]
    flesh = [part for solid in solids if solid.kind == "flesh" for part in solid.parts]
    if flesh:
        _draw_parts(canvas, camera, flesh, mix(palette.FLESH, palette.HAZE, pale), outline=0.18)
    items: list[tuple[Array, Solid | MusclePath]] = []
    items += [(np.concatenate(solid.parts)[:, :3], solid) for solid in solids if solid.kind != "flesh"]
    items += [(muscle.points, muscle) for muscle in scene.muscles if muscle.limb in limbs]
    for _, item in sorted(items, key=lambda pair: -float(camera.depth(pair[0]).mean())):
        if isinstance(item, MusclePath):
            _draw_muscle(canvas, camera, item, pale)
        else:
            color = palette.SHOE if item.kind == "shoe" else palette.BONE
            _draw_parts(canvas, camera, item.parts, mix(color, palette.HAZE, pale), outline=0.4)


def _draw_parts(canvas: Canvas, camera: Camera, parts: Sequence[Array], color: Color, outline: float) -> None:
    """Outline, body and a lighter side toward the light; `outline` says how much darker the outline is, in [0, 1]."""
    outlines, lit = [], []
    for part in parts:
        pixel, scale = camera.project(part[:, :3])
        radius = part[:, 3] * scale
        outlines.append(_hull(pixel, radius))
        if len(part) > 1:
            lit.append(_hull(pixel + radius[:, None] * LIGHT, 0.62 * radius))
    canvas.fill(outlines, color, edge=darker(color, outline), edge_width=1.5 * canvas.height / 360)
    canvas.fill(outlines, darker(color, 0.05))
    if lit:
        canvas.fill(lit, lighter(color, 0.25))


def _draw_muscle(canvas: Canvas, camera: Camera, muscle: MusclePath, pale: float) -> None:
    """A spindle along the path, as thick as the muscle's volume needs, coloured by activation."""
    points, length = _resample(muscle.points)
    # A spindle holds somewhat less than half the volume of the cylinder around it.
    belly = min(math.sqrt(2 * BELLY_SHARE * muscle.volume / math.pi / length), SLENDERNESS * length)
    pixel, scale = camera.project(points)
    radius = np.maximum(belly * SPINDLE, TENDON_RADIUS) * scale
    tangent = np.diff(pixel, axis=0, prepend=pixel[:1] - (pixel[1:2] - pixel[:1]))
    tangent[:-1] += tangent[1:]
    normal = tangent[:, ::-1] * np.array([-1.0, 1.0])
    normal *= (radius / np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9))[:, None]
    red, green, blue = palette.of_activation(muscle.activation)
    color = mix((red, green, blue), palette.HAZE, pale)
    edge_width = 0.9 * canvas.height / 360
    canvas.fill([_strip(pixel, normal, -1, 1)], color, edge=darker(color, 0.4), edge_width=edge_width)
    side = 1 if normal[:, 0].sum() < 0 else -1
    canvas.fill([_strip(pixel, normal * side, 0.1, 0.65)], lighter(color, 0.45), 0.45)


def _resample(points: Array) -> tuple[Array, float]:
    """Points spread evenly along a polyline, and its length [m]."""
    distance = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    even = distance[-1] * ALONG_MUSCLE
    return np.stack([np.interp(even, distance, column) for column in points.T], axis=1), float(distance[-1])


def _strip(pixel: Array, normal: Array, start: float, end: float) -> Array:
    """The band beside a line, from `start` to `end` in units of its normals."""
    return np.concatenate([pixel + start * normal, (pixel + end * normal)[::-1]])


# ---------------------------------------------------------------------------------------------------------------- words


def _draw_words(canvas: Canvas, scene: Scene, caption: Mapping[str, str]) -> None:
    """Captions in the upper left corner, the colour scale in the upper right one."""
    unit = canvas.height / 360
    words = {"time": f"{scene.time:.2f} s", "distance": f"{scene.center[0]:.2f} m", **caption}
    for line, (name, value) in enumerate(words.items()):
        y = canvas.height - (26 + 19 * line) * unit
        canvas.text(16 * unit, y, name, 11 * unit, palette.INK_FAINT)
        canvas.text(84 * unit, y, value, 13 * unit, palette.INK)
    width, height = round(110 * unit), round(7 * unit)
    x, y = canvas.width - width - 16 * unit, canvas.height - 38 * unit
    bar = palette.of_activation(np.linspace(0, 1, width))
    canvas.image(x, y, _image(np.repeat(bar[None], height, axis=0)))
    canvas.text(x, y + 13 * unit, "muscle activation", 11 * unit, palette.INK_FAINT)
    canvas.text(x, y - 12 * unit, "0", 10 * unit, palette.INK_FAINT)
    canvas.text(x + width, y - 12 * unit, "1", 10 * unit, palette.INK_FAINT, "right")


# ------------------------------------------------------------------------------------------------------------- geometry


def _on_ground(camera: Camera, corners: Sequence[tuple[float, float]]) -> Array:
    """Pixels of points x, z on the ground, shape (n, 2)."""
    return camera.project(np.array([(x, 0.0, z) for x, z in corners]))[0]


def _hull(center: Array, radius: Array) -> Array:
    """Outline of the convex hull of discs, found as the outermost point in each direction, shape (n, 2)."""
    reach = DIRECTIONS @ center.T + radius
    outermost = reach.argmax(axis=1)
    return center[outermost] + radius[outermost, None] * DIRECTIONS
