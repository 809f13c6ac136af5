from dataclasses import replace

import numpy as np
import pytest

from soleus.model.spec import GROUND, ContactSphere
from soleus.view.scene import look, path_points


def seen(model, parts, world=1):
    return look(model, *parts, world)


def test_path_points_lie_where_the_body_is(model, world):
    scene = seen(model, world(x=2.0))
    right, left = scene.muscles
    np.testing.assert_allclose(right.points, [(2.1, 0.9, 0.1), (2.08, 0.6, 0.1), (2.05, 0.3, 0.1)])
    np.testing.assert_allclose(left.points, right.points * (1, 1, -1))
    np.testing.assert_array_equal(scene.center, (2.0, 0.9, 0.0))


@pytest.mark.parametrize(
    ("hip", "counts"), [(-0.51, False), (-0.5, True), (0.0, True), (0.25, True), (0.250009, True), (0.26, False)]
)
def test_a_conditional_point_counts_within_its_range_and_at_its_ends(model, hip, counts):
    points = path_points(model, model.muscles[0], {"hip_r": hip})
    assert len(points) == (3 if counts else 2)


@pytest.mark.parametrize(("hip", "x"), [(0.5, 0.1), (-0.5, 0.0), (3.0, 0.15)])
def test_a_moving_point_follows_its_coordinate_and_stops_at_its_range(model, hip, x):
    body, location = path_points(model, model.muscles[0], {"hip_r": hip})[-1]
    assert body == "femur_r"
    np.testing.assert_allclose(location, (x, -0.6, 0.0), atol=1e-15)


def test_each_leg_is_a_limb_and_its_muscle_belongs_to_it(model, world):
    scene = seen(model, world())
    assert [muscle.limb for muscle in scene.muscles] == [1, 2]
    np.testing.assert_allclose(scene.limb_root, [(0, 0.9, 0), (0, 0.9, 0.1), (0, 0.9, -0.1)])


def test_the_belly_holds_what_force_and_fibre_length_ask_for(model, world, stronger):
    state, measurement, parameters = world(activation=(0.3, 0.7))
    right, left = seen(model, (state, measurement, stronger(parameters))).muscles
    assert left.volume == pytest.approx(3000.0 / 6e5 * 0.1)
    assert right.volume == pytest.approx(2 * left.volume)
    assert (right.activation, left.activation) == (0.3, 0.7)


def test_soles_touch_the_ground_where_the_contact_spheres_do(model, world):
    scene = seen(model, world())
    np.testing.assert_allclose(scene.contact_spheres[0], (-0.05, 0.05, 0.1, 0.05))
    shoes = [solid for solid in scene.solids if solid.kind == "shoe"]
    assert [shoe.limb for shoe in shoes] == [1, 2]
    for shoe in shoes:
        lowest = min((part[:, 1] - part[:, 3]).min() for part in shoe.parts)
        assert lowest == pytest.approx(0.0, abs=1e-12)


def test_a_sphere_on_the_ground_is_no_part_of_a_shoe(model, world):
    """As of a body of one's own that bounces on a ball."""
    on_ground = ContactSphere("stone", GROUND, (0.5, 0.0, 0.0), 0.1)
    force = replace(model.contact_forces[0], geometry=(*model.contact_forces[0].geometry, "stone"))
    stony = replace(
        model,
        contact_geometry=(*model.contact_geometry, on_ground),
        contact_forces=(force, *model.contact_forces[1:]),
    )
    usual, shoes = ([item for item in seen(each, world()).solids if item.kind == "shoe"] for each in (model, stony))
    assert [len(shoe.parts) for shoe in shoes] == [len(shoe.parts) for shoe in usual]


def test_obstacles_become_balls_in_the_plane_of_the_run(model, world):
    scene = seen(model, world(obstacle=[(3.0, 0.02, 0.1)]))
    np.testing.assert_allclose(scene.obstacles, [(3.0, 0.02, 0.0, 0.1)])
