import json

from soleus.run.folder import RunFolder
from soleus.run.metrics import MetricsWriter
from soleus.run.recipe import RECIPES


def new_folder(tmp_path):
    return RunFolder.create(tmp_path / "run", RECIPES["plain"].build("run2017", "fast"), {})


def test_records_come_back_and_numbers_that_are_not_finite_do_not(tmp_path):
    folder = new_folder(tmp_path)
    writer = MetricsWriter(folder, 0)
    writer.write({"n_env_steps": 5, "episode/score": 1.5, "episode/distance": float("nan")})
    writer.close()
    assert folder.metrics() == [{"n_env_steps": 5, "episode/score": 1.5}]
    assert any(folder.tensorboard.iterdir())


def test_resuming_drops_what_will_be_done_again_and_a_cut_off_line(tmp_path):
    folder = new_folder(tmp_path)
    lines = [json.dumps({"n_env_steps": n}) for n in (10, 20, 30)]
    folder.metrics_file.write_text("\n".join(lines) + '\n{"n_env_st')
    MetricsWriter(folder, 20).close()
    assert [record["n_env_steps"] for record in folder.metrics()] == [10, 20]
