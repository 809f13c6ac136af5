"""What all tests share."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def compiled_programs(tmp_path_factory):
    """Programs of the fast engine go to a folder of this session: each is compiled once, and the user's stay alone.

    Processes that tests start use it too.
    """
    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOLEUS_CACHE", str(folder))
        yield folder
