"""The only randomness of the model."""

from thpsh.structs.random import Rng


def test_the_stream_is_splitmix64():
    rng = Rng(1234567)
    assert [rng.next() for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_a_sample_holds_different_numbers_below_the_population():
    drawn = Rng(7).sample(1000, 400)
    assert len(set(drawn)) == 400
    assert min(drawn) >= 0
    assert max(drawn) < 1000


def test_a_sample_of_everything_is_a_permutation():
    assert sorted(Rng(3).sample(50, 80)) == list(range(50))


def test_equal_seeds_draw_equal_samples():
    assert Rng(5).sample(10**6, 20) == Rng(5).sample(10**6, 20)
