"""Metrics of a run as JSON lines, and the same numbers as TensorBoard events."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from soleus.run.folder import RunFolder, disk_errors


class MetricsWriter:
    """Appends records to a run folder; RunError on a full disk. On resuming, records later than the checkpoint go:
    that time is redone.
    """

    def __init__(self, folder: RunFolder, n_env_steps: int) -> None:
        from tensorboardX import SummaryWriter

        kept = [json.dumps(record) for record in folder.metrics() if record["n_env_steps"] <= n_env_steps]
        self._path = folder.path
        folder.write(folder.metrics_file, "".join(line + "\n" for line in kept).encode())
        self._file = folder.metrics_file.open("a", encoding="utf-8")
        self._board = SummaryWriter(str(folder.tensorboard), purge_step=n_env_steps)

    def write(self, record: Mapping[str, float]) -> None:
        """Append a record; it holds "n_env_steps", and numbers that are not finite are left out."""
        finite = {key: value for key, value in record.items() if math.isfinite(value)}
        step = int(record["n_env_steps"])
        with disk_errors(self._path):
            self._file.write(json.dumps(finite) + "\n")
            self._file.flush()
            for key, value in finite.items():
                if "/" in key:
                    self._board.add_scalar(key, value, step)

    def close(self) -> None:
        self._file.close()
        self._board.close()
