from dataclasses import replace

import pytest

from soleus.report.standing import leaderboard_score, standing_table, verdict_table
from soleus.sampler.batch import Episode
from soleus.task.protocol import Protocol, Published

PROTOCOL = Protocol(
    "Hop 2020, round 1", 2, 1e-3, 70, "m", (Published("Ann", 9.0, 1), Published("Bob", 4.0, 7, "in the rain"))
)
EPISODES = [
    Episode(4.0, 1000, "time", 4.0, 70, 4.0),
    Episode(2.0, 300, "fall", 2.0, 71, 2.0),
    Episode(9.0, 1000, "time", 9.0, 72, 9.0),
]


def test_only_the_round_s_own_episodes_make_the_leaderboard_score():
    assert leaderboard_score(PROTOCOL, EPISODES) == 3.0
    with pytest.raises(ValueError, match="averaged 4 episodes, 3 were played"):
        leaderboard_score(replace(PROTOCOL, episodes=4), EPISODES)


def test_a_verdict_by_hand():
    table = verdict_table("mine", PROTOCOL, EPISODES)
    assert table.rows == (
        ("leaderboard score [m]", "3.00"),
        ("mean, falls included", "5.00"),
        ("mean of the completed", "6.50 (2)"),
        ("fall rate, 95 % interval", "33.3% (6.1% to 79.2%)"),
        ("ended by the simulator", "0"),
        ("episodes, of which scored", "3, 2"),
        ("seeds", "70 to 72"),
    )
    fallen = [replace(episode, end="fall") for episode in EPISODES]
    assert verdict_table("mine", PROTOCOL, fallen).rows[2][1] == "none"


@pytest.mark.parametrize(("score", "order"), [(10.0, "mine Ann Bob"), (4.0, "Ann Bob mine"), (5.0, "Ann mine Bob")])
def test_a_policy_stands_in_its_place(score, order):
    played = [replace(episode, score=score) for episode in EPISODES]
    table = standing_table("mine", PROTOCOL, played)
    assert [row[0] for row in table.rows] == order.split()
    assert ("Bob", "in the rain", "7", "4.00") in table.rows
    assert ("mine", "this policy, on our seeds", "", f"{score:.2f}") in table.rows
