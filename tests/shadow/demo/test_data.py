from shadow.demo import data


def test_every_row_of_both_data_sets_is_shipped():
    """The package brings the whole of both data sets, each text once."""
    assert len({row.text for row in data.intents()}) == 2750
    assert len({row.text for row in data.addresses()}) == 412


def test_the_models_label_is_its_likeliest():
    """An intent row's label and confidence are the first of its probabilities."""
    row = data.intents()[0]

    assert (row.model, row.confidence) == ("translate", 0.899119)
    assert all(row.probs == tuple(sorted(row.probs, key=lambda pair: -pair[1])) for row in data.intents())


def test_an_address_has_its_five_fields_in_order():
    """Gold, legacy and model answers of an address have the same fields in the same order."""
    assert {tuple(side) for row in data.addresses() for side in (row.gold, row.legacy, row.model)} == {
        data.FIELDS
    }


def test_rules_come_in_order_of_trust():
    """The decision list begins with its most trusted rule."""
    assert data.rules()[0] == ("carry", "carry_on")
    assert len(data.rules()) == 1924


def test_a_data_file_is_given_as_text():
    """A template or schema is read from the package."""
    assert data.text_of("demo.yaml").startswith("# The demo's configuration")
