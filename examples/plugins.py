"""A comparator, an estimator and an adapter of one's own."""

from comparators import Answer, Divergence


class PriceGap:
    """How far apart the quoted prices are, relative to the larger one."""

    def __init__(self, *, field: str = "price") -> None:
        self.field = field

    def __call__(self, legacy: Answer, model: Answer) -> Divergence:
        old, new = float(legacy.json[self.field]), float(model.json[self.field])
        return Divergence(min(abs(old - new) / max(abs(old), abs(new), 1e-9), 1.0), f"{old} -> {new}")


class Hedged:
    """Trust an answer less the more of its words hedge."""

    def __init__(self, *, words: list[str]) -> None:
        self.words = words

    def __call__(self, answer: Answer) -> float | None:
        said = answer.text.lower()
        return 1.0 / (1 + sum(said.count(word) for word in self.words)) if said else None


class Doubling:
    """A model that quotes twice the client's amount."""

    async def __call__(self, request) -> Answer:
        return Answer.of(json={"price": 2 * request.json["amount"]})
