from dataclasses import replace

import numpy as np
import pytest

from soleus.view import draw_world
from soleus.view.camera import Camera
from soleus.view.draw import _beside, draw
from soleus.view.scene import look

RED = 0


@pytest.fixture
def picture(model, world):
    def draw(**of_world):
        return draw_world(model, *world(**of_world), world=1)

    return draw


def pixel(x, y, z=0.0, pelvis_x=0.0):
    """Row and column where a point of the world appears."""
    (column, from_below), _ = Camera(pelvis_x, 640, 360).project(np.array([x, y, z]))
    return round(360 - from_below), round(column)


def test_a_picture_has_the_size_asked_for(model, world):
    image = draw_world(model, *world())
    assert (image.shape, image.dtype) == ((360, 640, 3), np.uint8)
    assert draw_world(model, *world(), width=320, height=200).shape == (200, 320, 3)


def test_the_same_world_gives_the_same_picture(picture):
    np.testing.assert_array_equal(picture(), picture())


def test_an_excited_muscle_turns_red_and_only_there(picture):
    resting, excited = picture(), picture(activation=(1.0, 0.0))
    row, column = pixel(0.08, 0.6, 0.1)
    assert int(excited[row, column, RED]) - int(resting[row, column, RED]) > 100
    rows, columns = np.nonzero((resting != excited).any(axis=2))
    top, bottom = pixel(0.1, 0.9, 0.1)[0], pixel(0.05, 0.3, 0.1)[0]
    assert top - 5 <= rows.min()
    assert rows.max() <= bottom + 5
    assert columns.max() - columns.min() < 60


def test_the_near_leg_hides_the_far_one_and_is_stronger_in_colour(picture):
    near, far = picture(activation=(1.0, 0.0)), picture(activation=(0.0, 1.0))
    assert (near != picture()).any(axis=2).sum() > (far != picture()).any(axis=2).sum() > 0


def test_an_obstacle_appears_where_it_lies(picture):
    without, there = picture(), picture(obstacle=[(1.2, 0.0, 0.15)])
    rows, columns = np.nonzero((without != there).any(axis=2))
    row, column = pixel(1.2, 0.0)
    assert abs(columns.mean() - column) < 8
    assert abs(rows.max() - row) < 20
    assert rows.min() > row - 60
    red, _, blue = there[pixel(1.2, 0.07)].astype(int)
    assert red - blue > 50


def test_a_buried_or_far_obstacle_stays_unseen(picture):
    np.testing.assert_array_equal(picture(), picture(obstacle=[(0.0, -0.1, 1e-4), (30.0, 0.0, 0.2)]))


@pytest.mark.parametrize("x", [0.0, 3.3, 27.9, -1.4])
def test_the_camera_keeps_the_pelvis_in_the_middle(x):
    (column, _), scale = Camera(x, 640, 360).project(np.array([x, 0.9, 0.0]))
    assert column == pytest.approx(320)
    assert scale == pytest.approx(360 / Camera(x, 640, 360).visible_height, rel=0.01)


def test_the_runner_stays_in_the_middle_while_the_ground_passes(picture):
    here, there = picture(activation=(1.0, 0.0)), picture(activation=(1.0, 0.0), x=0.5)
    row, column = pixel(0.08, 0.6, 0.1)
    np.testing.assert_array_equal(
        here[row - 5 : row + 5, column - 2 : column + 3], there[row - 5 : row + 5, column - 2 : column + 3]
    )
    assert (here[300:] != there[300:]).any()


@pytest.mark.parametrize("z", [0.2, -0.3, 3.0, -8.0])
def test_who_leaves_the_track_stays_in_the_picture(z):
    camera = Camera(0.0, 640, 360, z=_beside(z))
    (column, row), scale = camera.project(np.array([0.0, 0.8, z]))
    assert abs(column - 320) < 20
    assert abs(row - 180) < 12
    assert scale == pytest.approx(360 / camera.visible_height, rel=0.05)
    assert (camera.z == 0) == (abs(z) <= 0.3)


def test_the_ground_beside_the_track_passes_too(model, world):
    """Of a body that stays itself in the middle."""
    state, *others = world()
    grounds = []
    for z in (5.0, 5.4):
        scene = look(model, state, *others, 1)
        grounds.append(draw(replace(scene, center=scene.center + np.array([0.0, 0.0, z])))[250:])
    assert (grounds[0] != grounds[1]).any(axis=2).sum() > 500


def test_forward_is_right_and_up_is_up():
    camera = Camera(0.0, 640, 360)
    origin, forward, up, near = camera.project(np.array([(0, 1, 0), (1, 1, 0), (0, 2, 0), (0, 1, 1.0)]))[0]
    assert forward[0] > origin[0]
    assert up[1] > origin[1]
    assert camera.depth(np.array([0, 1, 1.0])) < camera.depth(np.array([0, 1, 0.0]))
    assert near[1] < origin[1]


def test_a_caption_is_written(model, world):
    plain, words = draw_world(model, *world()), draw_world(model, *world(), caption={"score": "12.3"})
    rows, columns = np.nonzero((plain != words).any(axis=2))
    assert columns.max() < 160
    assert rows.max() < 90
