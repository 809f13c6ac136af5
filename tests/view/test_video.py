import os
import sys

import imageio_ffmpeg
import numpy as np
import pytest

from soleus.view import ViewError, write_video


def frames(n, height=48, width=64):
    return (np.full((height, width, 3), 255 * i // n, dtype=np.uint8) for i in range(n))


def decode(path):
    """Frames and description of a video."""
    reader = imageio_ffmpeg.read_frames(str(path))
    meta = next(reader)
    width, height = meta["size"]
    return [np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader], meta


def test_a_video_decodes_to_the_frames_that_went_in(tmp_path):
    path = write_video(frames(30), tmp_path / "new" / "run.mp4", fps=25)
    decoded, meta = decode(path)
    assert len(decoded) == 30
    assert (meta["codec"], meta["pix_fmt"].partition("(")[0], meta["fps"]) == ("h264", "yuv420p", 25.0)
    for i in (0, 15, 29):
        assert abs(int(decoded[i][20, 30, 0]) - 255 * i // 30) < 4
    assert os.listdir(path.parent) == ["run.mp4"]


def test_an_odd_side_loses_its_last_line(tmp_path):
    decoded, meta = decode(write_video(frames(3, 49, 65), tmp_path / "odd.mp4", fps=10))
    assert meta["size"] == (64, 48)
    assert len(decoded) == 3


def test_a_run_that_breaks_leaves_the_old_video(tmp_path):
    path = tmp_path / "run.mp4"
    path.write_bytes(b"old")

    def broken():
        yield from frames(3)
        raise ZeroDivisionError("the world tripped")

    with pytest.raises(ZeroDivisionError, match="tripped"):
        write_video(broken(), path, fps=25)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["run.mp4"]


@pytest.mark.parametrize(
    ("given", "name", "message"),
    [
        ([], "run.mp4", "no frames"),
        ([np.zeros((48, 64, 3), np.uint8)], "run.avi", "ends in .mp4"),
        ([np.zeros((48, 64), np.uint8)], "run.mp4", r"uint8 \(48, 64\)"),
        ([np.zeros((48, 64, 3))], "run.mp4", "float64"),
        ([np.zeros((48, 64, 3), np.uint8), np.zeros((64, 48, 3), np.uint8)], "run.mp4", "frame 1 is"),
    ],
)
def test_what_is_no_video_is_named(tmp_path, given, name, message):
    with pytest.raises(ValueError, match=message):
        write_video(given, tmp_path / name, fps=25)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ViewError, match=r"cannot write the video .*run\.mp4"):
        write_video(frames(3), tmp_path / "file" / "run.mp4", fps=25)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    (tmp_path / f".run.{os.getpid()}.draft.mp4").symlink_to("/dev/full")
    with pytest.raises(ViewError, match=r"the disk is full: the video .*run\.mp4 was not written"):
        write_video(frames(200, 480, 640), tmp_path / "run.mp4", fps=25)
    assert os.listdir(tmp_path) == []


def test_without_the_extra_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ViewError, match=r"soleus\[view\]"):
        write_video(frames(3), tmp_path / "run.mp4", fps=25)
