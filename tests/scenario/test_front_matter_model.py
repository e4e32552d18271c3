"""The values that the keys of a front matter may have."""

import pytest
from pydantic import ValidationError

from thpsh.scenario.front_matter_model import FrontMatterModel


def test_without_keys_it_is_the_default_machine():
    found = FrontMatterModel()
    assert (found.kernel, found.memory, found.nodes, found.cpus, found.swap) == ("3.0", 0, 1, 2, 0)
    assert (found.title, found.level, found.intended, found.drained) == ("", 0, False, False)


def test_sizes_are_words_or_bytes():
    found = FrontMatterModel(memory="512M", swap=4096)
    assert (found.memory, found.swap) == (512 << 20, 4096)


def test_one_word_need_not_be_a_list():
    found = FrontMatterModel(commits=25, tags="split", revert=[25, "memcg-used-head-only"])
    assert (found.commits, found.tags, found.revert) == (("25",), ("split",), ("25", "memcg-used-head-only"))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"memory": "8Q"}, "8Q"),
        ({"memory": True}, "expected a size, as in 512M or 8G"),
        ({"swap": 1.5}, "expected a size"),
        ({"commits": [99]}, "change '99'"),
        ({"tags": [True]}, "expected a number, a word or a list of them"),
        ({"level": 10}, "less than or equal to 9"),
        ({"level": -1}, "greater than or equal to 0"),
        ({"nodes": "2"}, "valid integer"),
        ({"intended": 1}, "valid boolean"),
        ({"title": 5}, "valid string"),
        ({"colour": 1}, "Extra inputs"),
    ],
)
def test_what_a_key_cannot_be_is_refused(keys, message):
    with pytest.raises(ValidationError) as error:
        FrontMatterModel(**keys)
    assert message in str(error.value)
    assert error.value.errors()[0]["loc"][0] == next(iter(keys))
