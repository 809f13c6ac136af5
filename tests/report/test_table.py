import io
import math

import pytest
from rich.console import Console

from soleus.report.table import compare, comparison_table, episode_table, return_table, summarise, wilson_interval
from soleus.sampler.batch import Episode


def episodes(*scores, end="time", first_seed=0):
    return [Episode(score, 1000, end, score + 0.5, first_seed + i, score) for i, score in enumerate(scores)]


RUNNER = [*episodes(2.0, 4.0, 9.0), Episode(5.0, 250, "fall", 5.5, 3, 5.0)]


def test_summary_by_hand():
    total = summarise(RUNNER)
    assert (total.n_episode, total.mean, total.minimum, total.maximum) == (4, 5.0, 2.0, 9.0)
    assert total.standard_deviation == pytest.approx(math.sqrt((9 + 1 + 16 + 0) / 3))
    assert (total.n_fall, total.n_failure, total.fall_rate) == (1, 0, 0.25)


def test_falls_are_left_out_of_the_completed():
    total = summarise([*RUNNER, Episode(100.0, 20, "step failed", 1.0, 4, 100.0)])
    assert (total.n_completed, total.completed_mean) == (3, 5.0)
    assert math.isnan(summarise(episodes(1.0, end="fall")).completed_mean)


def test_an_episode_that_the_simulator_ended_is_a_failure_and_no_fall():
    total = summarise(episodes(1.0, 2.0, end="unable to advance time"))
    assert (total.n_fall, total.n_failure) == (0, 2)
    total = summarise(episodes(1.0, 2.0, end="termination"))
    assert (total.n_fall, total.n_failure) == (0, 0), "a task of Gymnasium ends for reasons of its own"


def test_one_episode_has_no_spread():
    assert math.isnan(summarise(episodes(3.0)).standard_deviation)


@pytest.mark.parametrize(
    ("n_hit", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_interval_against_published_numbers(n_hit, n, low, high):
    """The last row is the example of Newcombe (1998), Statistics in Medicine 17, p. 857."""
    assert wilson_interval(n_hit, n) == pytest.approx((low, high), abs=1e-4)


def test_a_difference_is_taken_seed_by_seed():
    difference = compare(episodes(5.0, 7.0, 1.0), list(reversed(episodes(1.0, 4.0, 3.0))))
    assert difference.mean == pytest.approx(5 / 3)
    assert (difference.n_better, difference.n_seed) == (2, 3)
    spread = math.sqrt(((4 - 5 / 3) ** 2 + (3 - 5 / 3) ** 2 + (-2 - 5 / 3) ** 2) / 2)
    assert difference.interval[1] - difference.mean == pytest.approx(1.96 * spread / math.sqrt(3), rel=1e-4)


def test_policies_on_different_seeds_are_not_compared():
    with pytest.raises(ValueError, match="different seeds"):
        compare(episodes(1.0, 2.0), episodes(1.0, 2.0, first_seed=7))


def test_nothing_to_summarise_is_said():
    with pytest.raises(ValueError, match="no episodes"):
        summarise([])


def test_an_episode_table_has_a_row_a_seed_and_the_summary():
    table = episode_table("runs/first", RUNNER)
    assert table.rows[3] == ("3", "5.00", "5.50", "2.50", "fall")
    assert table.rows[4] == ("mean", "5.00", "5.50", "8.12", "1 fall")
    assert [row[:2] for row in table.rows[5:]] == [("sd", "2.94"), ("min", "2.00"), ("max", "9.00")]
    assert table.title == "runs/first: score 5.00 over 4 episodes"


@pytest.mark.parametrize("table_of", [episode_table, return_table])
def test_the_spread_of_one_episode_is_left_empty(table_of):
    (row,) = [row for row in table_of("mine", episodes(3.0)).rows if row[0] == "sd"]
    assert set(row[1:]) == {""}


def test_a_comparison_holds_the_first_policy_against_the_others():
    table = comparison_table({"trained": RUNNER, "constant": episodes(1.0, 1.0, 10.0, 1.0)})
    trained, constant = table.rows
    assert trained == ("trained", "5.00", "2.94", "1/4 (5%-70%)", "", "")
    assert constant[:2] == ("constant", "3.25")
    assert constant[-2].startswith("1.75 ± ")
    assert constant[-1] == "3 of 4"


def test_a_policy_s_name_is_printed_as_it_is():
    """Rich would make a picture of `:runner:`, and markup of brackets."""
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(episode_table("mine:runner", RUNNER))
    assert "mine:runner: score 5.00" in console.export_text()


def test_all_renderings_hold_the_same_cells():
    table = episode_table("runs/first", [*RUNNER, Episode(1.0, 20, "step [3] failed", 1.0, 4, 1.0)])
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(table)
    rich, plain, markdown = console.export_text(), str(table), table.markdown()
    for cell in (cell for row in (table.header, *table.rows) for cell in row):
        assert cell in rich
        assert cell in plain
        assert cell in markdown
    assert markdown.splitlines()[1] == "| --- | ---: | ---: | ---: | ---: |"
