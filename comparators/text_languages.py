"""Small words that turn a meaning: negations, yes and no, days and months, numbers, in a dozen languages.

Only words that mean nothing else in another of these languages, so that knowing them does no harm there.
Everything is casefolded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


def _numbered(lines: tuple[str, ...], first: int) -> dict[str, int]:
    """Count the words of each line from `first`; a comma parts two words for one number."""
    pairs = [(spelled, at) for line in lines for at, spelled in enumerate(line.split(), first)]
    return {word: at for spelled, at in pairs for word in spelled.split(",")}


NEGATIONS: Final = _words(
    "not no never none nobody nothing neither nor cannot without",
    "nicht nichts kein keine keiner keinen keinem keines niemals niemand weder ohne",
    "pas jamais aucun aucune rien sans",
    "nunca jamás ningún ninguna ninguno tampoco",
    "non nessun nessuno nessuna niente",
    "não nenhum nenhuma",
    "niet geen nooit niets zonder",
    "inte ingen aldrig ikke",
    "nie nigdy",
    "не нет никогда без",
)
"""Words of which one more or one less turns a sentence round."""

CONTRACTED: Final = _words(
    "isn aren wasn weren don doesn didn won wouldn can couldn shouldn hasn haven hadn mustn needn ain"
)
"""What stands before 't in English when it is a negation."""

PORTUGUESE: Final = _words("em uma não são ao pela pelo você")
"""Words by which a text is known to be Portuguese, where "no" is "in the"."""

NEGATION_SIGNS: Final = ("不", "没", "沒", "無", "未", "ない", "ません")
"""The same for scripts that do not part words."""

POLARITY: Final[Mapping[str, bool]] = {
    **dict.fromkeys(_words("yes yeah yep true correct ja oui vrai sí sim sì vero да tak 是 对 はい"), True),
    **dict.fromkeys(_words("no nope false incorrect nein falsch faux não nej нет nee 否 不是 いいえ"), False),
}
"""What an answer begins with when it says yes (True) or no (False)."""

MONTHS: Final[Mapping[str, int]] = _numbered(
    (
        "january,jan february,feb march,mar april,apr may june,jun july,jul august,aug september,sep,sept "  # noqa: ISC004 - one line
        "october,oct november,nov december,dec",
        "januar,jänner februar,feber märz april mai juni juli august september oktober,okt november dezember,dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre,setiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
    ),
    1,
)
"""A month's names and short forms, and its number."""

WEEKDAYS: Final[Mapping[str, int]] = _numbered(
    (
        "monday tuesday wednesday thursday friday saturday sunday",
        "montag dienstag mittwoch donnerstag freitag samstag,sonnabend sonntag",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "lunes martes miércoles jueves viernes sábado domingo",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    ),
    0,
)
"""A day's names, and how many days it is after Monday."""

NUMBERS: Final[Mapping[str, int]] = {
    **_numbered(
        (
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "  # noqa: ISC004 - one line
            "fifteen sixteen seventeen eighteen nineteen twenty",
            "null eins,ein,eine zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
            "zéro un,une deux trois quatre cinq six sept huit neuf dix onze douze",
            "cero uno,una dos tres cuatro cinco seis siete ocho nueve diez once doce",
            "zero uno,una due tre quattro cinque sei sette otto nove dieci undici dodici",
            "zero um,uma dois,duas três quatro cinco seis sete oito nove dez onze doze",
            "nul een,één twee drie vier vijf zes zeven acht negen tien elf twaalf",
        ),
        0,
    ),
    **{
        word: 10 * tens
        for word, tens in _numbered(("thirty forty fifty sixty seventy eighty ninety",), 3).items()
    },
    **_numbered(("first second third fourth fifth sixth seventh eighth ninth tenth",), 1),
}
"""Numbers as words; only ever taken as a match for digits, never as a number by themselves."""

SCALES: Final[Mapping[str, int]] = {
    **dict.fromkeys(_words("thousand k tausend mille mil duizend"), 1_000),
    **dict.fromkeys(_words("million millions mio mn millionen millones milioni milhões miljoen"), 1_000_000),
    **dict.fromkeys(
        _words("billion billions bn milliarde milliarden mrd milliards miljard miliardi"), 1_000_000_000
    ),
    **dict.fromkeys(_words("trillion trillions"), 1_000_000_000_000),
}
"""Words behind a number that multiply it, as English and the languages of the continent use them."""
