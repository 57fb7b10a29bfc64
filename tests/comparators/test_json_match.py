import random

from comparators.json_match import best_pairs


def pairs(old, new):
    """Match two arrays; give the pairs in order."""
    return sorted(best_pairs(list(enumerate(old)), list(enumerate(new))))


def test_what_shares_most_belongs_together():
    """All pairs taken together, not the first that fits."""
    old = [{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 4}]
    new = [{"a": 1, "b": 9, "c": 4}, {"a": 1, "b": 2, "c": 3, "d": 1}]
    assert pairs(old, new) == [(0, 1), (1, 0)]


def test_close_numbers_and_shared_words_tell_elements_apart():
    """Even where no leaf is equal."""
    old = [{"p": 1.001, "t": "blue chair"}, {"p": 250.1, "t": "Red Table"}]
    new = [{"p": 250.2, "t": "red  table, oak"}, {"p": 1.002, "t": "chair (blue)"}]
    assert pairs(old, new) == [(0, 1), (1, 0)]


def test_strangers_keep_their_places():
    """Nothing else speaks for one partner or another."""
    assert pairs([1, 2, 3], ["x", "y", "z"]) == [(0, 0), (1, 1), (2, 2)]


def test_swapped_sides_give_the_same_pairs():
    """In hundreds of ties."""
    draw = random.Random(4)
    for _ in range(50):
        old, new = (
            [{k: draw.randrange(2) for k in "abc"} for _ in range(draw.randrange(2, 7))] for _ in "12"
        )
        assert pairs(old, new) == sorted((i, j) for j, i in pairs(new, old))


def test_each_element_has_one_partner_at_most():
    """As many pairs as the shorter side has elements."""
    found = pairs([{"a": 1}] * 4, [{"a": 1, "b": n} for n in range(7)])
    assert (len(found), len({i for i, _ in found}), len({j for _, j in found})) == (4, 4, 4)


def test_depth_and_size_of_an_element_cost_no_stack():
    """Only its first leaves are looked at."""
    deep: object = {"n": 1}
    for _ in range(20_000):
        deep = {"x": [deep]}
    assert pairs([deep, list(range(100_000))], [[0, 1, 2], deep]) == [(0, 1), (1, 0)]
