"""The searches of evolutionary learners: worked numbers, and hills whose tops are known."""

import numpy as np
import pytest

from soleus.learner import CmaEsConfig, EsConfig
from soleus.learner.evolution.es_search import centred_ranks, estimated_gradient, standard_scores


def _search(config, mean, fitness, n_generation):
    """The mean after some generations, and the last metrics."""
    search, metrics = config.search(np.asarray(mean, float)), {}
    for i in range(n_generation):
        members = search.ask(np.random.default_rng(i))
        metrics = search.tell(np.array([fitness(member) for member in members]))
    return search.mean, metrics


@pytest.mark.parametrize(
    ("fitness", "rank"),
    [
        ([3.0, 1.0, 2.0], [0.5, -0.5, 0.0]),
        ([-7.0, 900.0], [-0.5, 0.5]),
        ([5.0, 5.0, 5.0, 5.0], [0, 0, 0, 0]),
        # places 0, 1 and 2, 3 are shared
        ([1.0, 4.0, 1.0, 4.0, 9.0], [-0.375, 0.125, -0.375, 0.125, 0.5]),
    ],
)
def test_centred_ranks(fitness, rank):
    np.testing.assert_allclose(centred_ranks(np.array(fitness)), rank)


@pytest.mark.parametrize(
    ("fitness", "score"),
    [
        ([1.0, 3.0], [-1, 1]),
        ([1e6, 3e6], [-1, 1]),
        ([2.0, 2.0, 2.0, 6.0], np.array([-1, -1, -1, 3]) / 3**0.5),
        ([5.0] * 3, [0] * 3),
    ],
)
def test_standard_scores(fitness, score):
    np.testing.assert_allclose(standard_scores(np.array(fitness)), score)


def test_scores_shun_a_rare_disaster_that_ranks_accept():
    """A slope that ends in a cliff of 30: the nearer the mean is, the more members fall."""

    def climbed(shaping):
        config = EsConfig(population=64, shaping=shaping, sigma=0.1, learning_rate=0.02, weight_decay=0.0)
        mean, _ = _search(config, [0.0], lambda member: member[0] - 30.0 * (member[0] > 0.25), 200)
        return mean[0]

    assert 0.0 < climbed("scores") < 0.1 < 0.13 < climbed("ranks")


def test_gradient_by_hand():
    # pairs (1, 0) and (0, 2), their partners' weights 0.5 - 0.1 and 0.2 - 0.6, over 2 x 2 x 0.1
    weight = np.array([0.5, 0.1, 0.2, 0.6])
    noise = np.array([[1.0, 0.0], [0.0, 2.0]])
    np.testing.assert_allclose(estimated_gradient(weight, noise, 0.1), [1.0, -2.0])


def test_gradient_of_a_quadratic_points_uphill():
    """Mirrored pairs measure a quadratic's slope without a trace of its curvature: their mean is exact."""
    mean, sigma, top = np.array([1.0, -2.0, 0.5]), 0.3, np.array([0.0, 1.0, 2.0])
    noise = np.random.default_rng(0).standard_normal((20_000, 3))
    pairs = mean + sigma * np.stack([noise, -noise], axis=1).reshape(-1, 3)
    fitness = -((pairs - top) ** 2).sum(axis=1)
    np.testing.assert_allclose(estimated_gradient(fitness, noise, sigma), -2 * (mean - top), atol=0.15)


def test_members_are_mirrored_pairs():
    search = EsConfig(population=6, sigma=0.5).search(np.array([1.0, 2.0]))
    members = search.ask(np.random.default_rng(0))
    np.testing.assert_allclose((members[0::2] + members[1::2]) / 2, [[1.0, 2.0]] * 3)
    noise = np.random.default_rng(0).standard_normal((3, 2))
    np.testing.assert_allclose(members[0::2] - [1.0, 2.0], 0.5 * noise)


def test_pairs_cancel_where_fitness_is_the_same_everywhere():
    mean, metrics = _search(EsConfig(population=8, weight_decay=0.0), [1.0, 2.0], lambda member: 3.0, 5)
    assert mean.tolist() == [1.0, 2.0]
    assert metrics["gradient"] == 0


def test_weight_decay_pulls_to_zero():
    """All that is left where fitness says nothing: Adam's first step is the learning rate."""
    mean, _ = _search(EsConfig(population=8, learning_rate=0.1), [1.0, -2.0], lambda member: 3.0, 1)
    np.testing.assert_allclose(mean, [0.9, -1.9], rtol=1e-5)


def test_ranks_make_the_scale_of_fitness_meaningless():
    results = [
        _search(EsConfig(population=8), [1.0, 2.0], lambda member, scale=scale: scale * member.sum() - scale, 5)[0]
        for scale in (1.0, 1e6)
    ]
    np.testing.assert_array_equal(*results)


def test_es_climbs_to_the_top():
    config = EsConfig(population=32, sigma=0.1, learning_rate=0.1, weight_decay=0.0)
    mean, _ = _search(config, np.zeros(10), lambda member: -((member - 1.0) ** 2).sum(), 60)
    np.testing.assert_allclose(mean, 1.0, atol=0.15)


def test_what_partners_have_in_common_does_not_keep_es_from_the_top():
    """Courses that differ a thousand times as much as members do leave it who of two is better."""
    config = EsConfig(population=32, starts="pairs", sigma=0.1, learning_rate=0.1, weight_decay=0.0)
    search = config.search(np.zeros(10))
    assert search.n_alike == 2
    for i in range(60):
        members = search.ask(np.random.default_rng(i))
        course = np.repeat(np.random.default_rng(i).normal(0, 1e3, 16), 2)
        search.tell(course - ((members - 1.0) ** 2).sum(axis=1))
    np.testing.assert_allclose(search.mean, 1.0, atol=0.2)


@pytest.mark.parametrize(("covariance", "n_generation"), [("full", 250), ("diagonal", 150)])
def test_cma_es_climbs_a_narrow_ridge(covariance, n_generation):
    """Curvatures from 1 to 1e4: found to eight digits, since the members take the ridge's shape."""
    curvature = 10 ** np.linspace(0, 4, 8)
    config = CmaEsConfig(covariance=covariance)
    mean, metrics = _search(config, np.zeros(8), lambda member: -(curvature * (member - 1) ** 2).sum(), n_generation)
    np.testing.assert_allclose(mean, 1.0, atol=1e-4)
    assert metrics["sigma"] < 1e-3


def test_only_a_full_covariance_turns_with_the_ridge():
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((6, 6)))[0]
    curvature = 10 ** np.linspace(0, 4, 6)

    def fitness(member):
        return -(curvature * (turn @ (member - 1)) ** 2).sum()

    full, diagonal = (
        fitness(_search(CmaEsConfig(covariance=covariance), np.zeros(6), fitness, 200)[0])
        for covariance in ("full", "diagonal")
    )
    assert full > -1e-6 > -1e-3 > diagonal


def test_covariance_is_full_while_there_are_few_parameters():
    assert "strategy._c_1d" in CmaEsConfig().search(np.zeros(200)).state()
    assert "strategy._c_1d" not in CmaEsConfig().search(np.zeros(201)).state()
    assert "strategy._c_1d" in CmaEsConfig(covariance="full").search(np.zeros(201)).state()
    with pytest.raises(ValueError, match="covariance is full, but the policy has 1,001 parameters and 1,000 is the"):
        CmaEsConfig(covariance="full").search(np.zeros(1001))


def test_population_follows_from_the_parameters():
    assert CmaEsConfig().search(np.zeros(100)).n_member == 17  # 4 + 3 ln 100
    assert CmaEsConfig(population=5).search(np.zeros(100)).n_member == 5


@pytest.mark.parametrize("config", [EsConfig(population=6), CmaEsConfig(), CmaEsConfig(covariance="diagonal")])
def test_a_loaded_search_goes_on_bit_for_bit(config):
    """Also in the middle of a generation, which then begins anew."""
    original, loaded = (config.search(np.full(9, mean)) for mean in (1.0, 2.0))
    for i in range(10):
        members = original.ask(np.random.default_rng(i))
        loaded.load(original.state())
        np.testing.assert_array_equal(loaded.ask(np.random.default_rng(i)), members)
        for search in (original, loaded):
            search.tell(-np.abs(members).sum(axis=1))
        for name, value in original.state().items():
            np.testing.assert_array_equal(value, loaded.state()[name], err_msg=name)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: EsConfig(population=7), "population is 7; mirrored pairs need an even number, 2 or more"),
        (lambda: EsConfig(population=0), "population is 0; mirrored pairs need"),
        (lambda: EsConfig(sigma=0.0), "sigma is 0.0; it must be positive"),
        (lambda: EsConfig(sigma=float("inf")), "sigma is inf; it must be finite"),
        (lambda: EsConfig(shaping="scroes"), "shaping is 'scroes'; choose one of ranks, scores"),
        (lambda: EsConfig(learning_rate=-1.0), "learning_rate is -1.0; it must be positive"),
        (lambda: EsConfig(episodes=0), "episodes is 0; it must be at least 1"),
        (lambda: EsConfig(hidden=(8, 0)), r"hidden is \(8, 0\); every layer needs"),
        (lambda: EsConfig(initial_action=1.0), "initial_action is 1.0; it lies between -1 and 1"),
        (lambda: CmaEsConfig(population=1), "population is 1; it must be at least 2"),
        (lambda: CmaEsConfig(initial_sigma=-0.1), "initial_sigma is -0.1; it must be positive"),
    ],
)
def test_settings_that_cannot_work_are_refused(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()
