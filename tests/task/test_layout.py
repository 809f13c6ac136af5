import numpy as np
import pytest

from soleus.task.layout import Field, Layout, fields, mirror_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("knee_angle_r", "knee_angle_l"),
        ("toes_l x", "toes_r x"),
        ("pelvis_tilt", None),
        ("strength psoas_l", "strength psoas_r"),
    ],
)
def test_mirror_name_exchanges_left_and_right(name, expected):
    assert mirror_name(name) == expected


def test_mirrored_twice_is_the_vector_itself():
    layout = Layout((Field("z", "m", mirror_sign=-1.0), *fields(("hip_r", "hip_l", "trunk"), "rad")))
    vector = np.array([1.0, 2.0, 3.0, 4.0])
    mirrored = vector[layout.mirror_index] * layout.mirror_sign
    assert mirrored.tolist() == [-1.0, 3.0, 2.0, 4.0]
    assert (mirrored[layout.mirror_index] * layout.mirror_sign).tolist() == vector.tolist()


def test_a_vector_with_one_leg_has_no_mirror_image():
    layout = Layout(fields(("hip_r", "hip_l", "calf_l", "toe_l"), "rad"))
    assert layout.mirror_fault == "calf_l has no partner calf_r"
    with pytest.raises(ValueError, match="no mirror image: calf_l has no partner calf_r; use nothing that mirrors"):
        _ = layout.mirror_index
    assert Layout(fields(("hip_r", "hip_l", "trunk"), "rad")).mirror_fault is None


def test_an_unknown_field_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="no field knee; there are 2, such as hip_r, hip_l"):
        Layout(fields(("hip_r", "hip_l"), "rad")).index("knee")


def test_a_repeated_field_is_refused():
    with pytest.raises(ValueError, match="must differ"):
        Layout(fields(("hip_r", "hip_r"), "rad"))
