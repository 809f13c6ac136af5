"""Flying bodies: what muscles do inside moves neither the mass centre nor the spin of the whole, and energy is kept.

Momentum and energy are summed here from the table of bodies, apart from the engine's rigid bodies and mass matrix.
"""

from dataclasses import replace

import numpy as np
import pytest

from soleus.engine import Parameters, default_state, make_engine
from soleus.engine.fast.config import FastConfig
from soleus.model import MODELS

NAMES = ("gait9dof18musc", "gait14dof22musc_20170320", "gait14dof22musc_pros_20180507")
LIFT = 3.0
"""[m]"""


@pytest.fixture(params=NAMES)
def model(request):
    return MODELS[request.param]()


def flying(model):
    """Three bodies that tumble in the air."""
    random = np.random.default_rng(4)
    state = default_state(model, 3)
    state.q[:] += random.uniform(-0.2, 0.2, state.q.shape)
    state.u[:] = random.uniform(-2.0, 2.0, state.u.shape)
    state.q[:, model.coordinate_names.index("pelvis_ty")] += LIFT
    engine = make_engine(FastConfig("merson", accuracy=1e-11, minimum_step=1e-9, control_step=0.005), model, 3)
    engine.reset(np.arange(3), state, plain(model), equilibrate=True)
    return engine


def plain(model):
    return Parameters(np.ones((3, len(model.muscles))), np.zeros((3, 0, 3)))


def limp(model):
    """The body with tendons that are always slack, and without ligaments."""
    muscles = tuple(replace(muscle, tendon_slack_length=5.0) for muscle in model.muscles)
    return replace(model, muscles=muscles, limit_forces=(), spring_forces=())


class Whole:
    """Momentum, spin about the mass centre and energy of all bodies, each of shape (n_world, ...)."""

    def __init__(self, engine):
        model, measured = engine.model, engine.measure()
        mass = np.array([body.mass for body in model.bodies])
        rotation = measured.body_rotation
        offset = np.einsum("wbij,bj->wbi", rotation, [body.mass_center for body in model.bodies])
        spin = measured.body_angular_velocity
        place = measured.body_position + offset
        velocity = measured.body_velocity + np.cross(spin, offset)
        self.center = np.einsum("b,wbi->wi", mass, place) / mass.sum()
        self.center_velocity = np.einsum("b,wbi->wi", mass, velocity) / mass.sum()
        inertia = np.array([matrix(body.inertia) for body in model.bodies])
        turned = rotation @ inertia @ rotation.swapaxes(-1, -2)
        own = np.einsum("wbij,wbj->wbi", turned, spin)
        from_center = place - self.center[:, None]
        self.spin = own.sum(axis=1) + np.einsum("b,wbi->wi", mass, np.cross(from_center, velocity))
        motion = 0.5 * mass * (velocity**2).sum(axis=2) + 0.5 * (own * spin).sum(axis=2)
        self.energy = motion.sum(axis=1) - mass.sum() * self.center @ np.array(model.gravity)
        np.testing.assert_allclose(self.center, measured.mass_center_position, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(self.center_velocity, measured.mass_center_velocity, rtol=1e-10, atol=1e-12)


def free_axes(model):
    """About which a body can turn; the others are held by its plane."""
    return [0, 1, 2] if "pelvis_tz" in model.coordinate_names else [2]


def matrix(inertia):
    xx, yy, zz, xy, xz, yz = inertia
    return [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]


def test_muscles_cannot_move_the_mass_centre_nor_spin_the_body(model):
    engine = flying(model)
    before, random = Whole(engine), np.random.default_rng(5)
    for _ in range(10):
        engine.step(random.uniform(size=(3, len(model.muscles))))
    after, time = Whole(engine), 10 * engine.control_step
    assert (engine.measure().ground_reaction == 0.0).all()
    assert np.abs(engine.state().u).max() > 3.0
    gravity = np.array(model.gravity)
    np.testing.assert_allclose(after.center_velocity, before.center_velocity + time * gravity, rtol=0, atol=1e-8)
    fallen = before.center + time * before.center_velocity + 0.5 * time**2 * gravity
    np.testing.assert_allclose(after.center, fallen, rtol=0, atol=1e-9)
    gained = (after.spin - before.spin)[:, free_axes(model)]
    np.testing.assert_allclose(gained, 0.0, rtol=0, atol=1e-7 * np.abs(before.spin).max())
    assert (np.abs(after.energy - before.energy) > 0.1).all(), "they do change the energy"


def test_the_mass_centre_accelerates_by_gravity_at_once(model):
    """By the rates alone, in any state of the muscles."""
    engine = flying(model)
    moment, velocity = 1e-6, []
    state, rates = engine.state(), engine.rates(np.ones((3, len(model.muscles))))
    for time in (-moment, moment):
        state_then = replace(state, q=state.q + time * state.u, u=state.u + time * rates.u)
        engine.reset(np.arange(3), state_then, plain(model), equilibrate=False)
        velocity.append(Whole(engine))
    acceleration = (velocity[1].center_velocity - velocity[0].center_velocity) / (2.0 * moment)
    np.testing.assert_allclose(acceleration, np.tile(model.gravity, (3, 1)), rtol=0, atol=1e-6)
    torque = (velocity[1].spin - velocity[0].spin)[:, free_axes(model)] / (2.0 * moment)
    np.testing.assert_allclose(torque, 0.0, rtol=0, atol=1e-4)


def test_a_limp_body_keeps_its_energy():
    """Only inertia is left, and gravity."""
    model = limp(MODELS["gait14dof22musc_20170320"]())
    engine = flying(model)
    before = Whole(engine)
    for _ in range(10):
        engine.step(np.full((3, len(model.muscles)), 0.5))
    after = Whole(engine)
    assert (engine.measure().tendon_force == 0.0).all()
    assert (np.abs(after.center[:, 1] - before.center[:, 1]) > 0.005).all()
    np.testing.assert_allclose(after.energy, before.energy, rtol=1e-11)
    np.testing.assert_allclose(after.spin, before.spin, rtol=1e-9, atol=1e-9)
