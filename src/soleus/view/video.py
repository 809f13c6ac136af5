"""Pictures -> mp4 (H.264, yuv420p), with the ffmpeg that the imageio-ffmpeg wheel brings."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soleus.view.error import ViewError

QUALITY = "20"
"""Constant rate factor of x264: smaller is better and larger; 18 looks lossless"""


def write_video(frames: Iterable[NDArray[np.uint8]], path: Path | str, fps: float) -> Path:
    """Write pictures as a video. The file appears whole or not at all; an older one of that name is replaced.

    Args:
        frames: RGB pictures of one size, shape (height, width, 3); taken one at a time, so a generator will do. An odd
            height or width loses its last row or column, which the format cannot hold.
        path: ends in .mp4; missing folders are made.
        fps: pictures a second.

    Returns:
        The path.

    Raises:
        ValueError: for no frames, frames of different shapes, or another kind of file.
        ViewError: when the encoder is missing or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".mp4":
        raise ValueError(f"the video {path} would not be an mp4; choose a name that ends in .mp4")
    encoder = _encoder()
    draft = path.with_name(f".{path.stem}.{os.getpid()}.draft.mp4")
    _make(draft, path)
    try:
        _encode(encoder, frames, draft, path, fps)
        _rename(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _encoder() -> str:
    """The ffmpeg program."""
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise ViewError(
            "videos need imageio-ffmpeg, which is not installed; install it with: pip install 'soleus[view]'"
        ) from error
    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise ViewError(
            f"imageio-ffmpeg has no ffmpeg for this machine ({error}); name one in IMAGEIO_FFMPEG_EXE"
        ) from error


def _make(draft: Path, path: Path) -> None:
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.touch()
    except OSError as error:
        raise ViewError(f"cannot write the video {path}: {error.strerror}; choose another place for it") from error


def _rename(draft: Path, path: Path) -> None:
    try:
        draft.replace(path)
    except OSError as error:
        raise ViewError(f"cannot write the video {path}: {error.strerror}; choose another name for it") from error


def _encode(encoder: str, frames: Iterable[NDArray[np.uint8]], draft: Path, path: Path, fps: float) -> None:
    """Feed frames to ffmpeg and wait for it; its complaints go into the error."""
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f"there are no frames to write to {path}")
    _check(first)
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            _command(encoder, first.shape, draft, fps), stdin=subprocess.PIPE, stderr=complaints, bufsize=0
        ) as process,
    ):
        try:
            for number, frame in enumerate(itertools.chain([first], frames)):
                if frame.shape != first.shape or frame.dtype != first.dtype:
                    raise ValueError(f"frame {number} is {_describe(frame)}, but the first one was {_describe(first)}")
                if not _feed(process, frame):
                    break
        except BaseException:
            process.kill()
            raise
        process.communicate()
        if process.returncode != 0:
            complaints.seek(0)
            raise ViewError(_explain(path, complaints.read().decode(errors="replace").strip()))


def _command(encoder: str, shape: tuple[int, ...], draft: Path, fps: float) -> list[str]:
    height, width = shape[:2]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "pipe:0"]
    even = ["-vf", f"crop={width - width % 2}:{height - height % 2}:0:0"]
    target = [
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        QUALITY,
        "-pix_fmt",
        "yuv420p",
        "-movflags",
        "+faststart",
    ]
    return [encoder, "-y", "-v", "error", "-nostdin", *source, *even, *target, str(draft)]


def _feed(process: subprocess.Popen[bytes], frame: NDArray[np.uint8]) -> bool:
    """Hand over a frame; False when ffmpeg has gone, which its exit code will explain."""
    assert process.stdin is not None, "opened with a pipe"
    data = memoryview(frame.tobytes())
    try:
        while data:
            data = data[process.stdin.write(data) :]
    except BrokenPipeError:
        return False
    return True


def _check(frame: NDArray[np.uint8]) -> None:
    if frame.ndim != 3 or frame.shape[2] != 3 or min(frame.shape[:2]) < 2 or frame.dtype != np.uint8:
        raise ValueError(f"a frame is {_describe(frame)}; allowed are uint8 pictures of shape (height, width, 3)")


def _describe(frame: NDArray[np.uint8]) -> str:
    return f"{frame.dtype} {frame.shape}"


def _explain(path: Path, complaint: str) -> str:
    if "No space left" in complaint:
        return f"the disk is full: the video {path} was not written; free some space and try again"
    return f"ffmpeg could not write the video {path}: {complaint or 'it gave no reason'}"
