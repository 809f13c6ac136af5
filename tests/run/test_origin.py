"""Where a run says that it came from."""

import subprocess

import pytest

from soleus.run import origin as module
from soleus.run.origin import origin


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The module's file inside somebody's repository, with changes that are nobody's business."""
    for words in ("init -q", "config user.name a", "config user.email a@b.c", "commit -q --allow-empty -m thesis"):
        subprocess.run(["git", "-C", tmp_path, *words.split()], check=True)
    file = tmp_path / "origin.py"
    file.write_text("secret")
    monkeypatch.setattr(module, "__file__", str(file))
    return file


def test_the_repository_around_an_installed_package_is_not_its_own(installed):
    told = origin(3)
    assert (told["commit"], told["uncommitted_changes"]) == (None, None)
    assert told["seed"] == 3


def test_a_checkout_tells_its_commit_and_what_is_changed_in_it(installed):
    subprocess.run(["git", "-C", installed.parent, "add", installed.name], check=True)
    told = origin(3)
    assert len(told["commit"]) == 40
    assert "+secret" in told["uncommitted_changes"]
