"""JAX as the learner sets it up: one core, code compiled once."""

import os
import subprocess
import sys

LEARN = """
import os, time
import numpy as np
from soleus.learner import SacConfig
from soleus.sampler.batch import Batch

config = SacConfig(batch_size=1024, random_transitions=0, n_scan=5)
learner = config.build(40, 18, seed=0)
ones, ends = np.ones((20, 40), np.float32), np.zeros(20, bool)
batch = Batch(ones, np.zeros((20, 18), np.float32), ones[:, 0], ones, ends, ends, np.zeros(20, np.int64))
learner.receive(batch)
learner.update()  # compiles
learner.receive(batch)
wall, cpu = time.perf_counter(), time.process_time()
learner.update()
print((time.process_time() - cpu) / (time.perf_counter() - wall))
"""


def test_updates_use_one_core_and_compiled_code_is_kept(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("PJRT_NPROC", "OMP_NUM_THREADS")}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    result = subprocess.run([sys.executable, "-c", LEARN], env=environment, capture_output=True, text=True, check=True)
    assert float(result.stdout) < 1.2
    assert any("scan" in path.name for path in (tmp_path / "soleus" / "jax").rglob("*"))
