import pytest

from comparators.text_reading import Reading, parted, read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's **Bold**, isn't it?", ["it", "s", "bold", "isn", "t", "it"]),
        ("C++ < C# 50% $5", ["c++", "<", "c#", "50%", "$5"]),
        ("„Straße“ – 東京、大阪。", ["strasse", "東京", "大阪"]),
        ("２ ﬁne", ["2", "fine"]),
        ("...", []),
        ("", []),
    ],
)
def test_a_text_is_read_as_its_words(text, words):
    """Punctuation parts them; signs with a meaning of their own stay."""
    found = read(text)
    assert (found.words, found.plain) == (words, " ".join(words))


def test_words_can_be_had_as_they_are_written():
    """Names begin with a capital."""
    assert parted("Ada, Straße") == ["Ada", "Straße"]


def test_the_quick_way_for_ascii_gives_the_same():
    """One letter beyond ASCII takes the other way."""
    text = "a.b,c;d:e!f?g\"h'i(j)k[l]m{n}o*p_q`r~s|t/u\\v-w \t\n\x1fx"
    assert [*read(text).words, "é"] == read(f"{text} é").words


def test_the_text_is_kept_for_what_looks_at_signs():
    """In the compatibility form."""
    assert read("−２") == Reading("−2", ["−2"], "−2")


def test_a_long_text_does_not_grow():
    """One of these signs becomes eighteen letters; of many none does."""
    assert [len(read("ﷺ" * count).text) for count in (1, 20_001)] == [18, 20_001]
