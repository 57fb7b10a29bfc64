"""Html and Xml: whether two documents are the same but for how they are written down (lxml).

Documents are data of strangers: no entity is expanded, nothing is loaded, depth and size are bounded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from comparators.parsed import Parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from comparators.answer import Answer
    from comparators.divergence import Divergence

_ENTITY = re.compile("<!ENTITY", re.IGNORECASE)
_DEEPEST = 1_000  # elements within elements


class Xml:
    """The share of parts – elements with their attributes, and texts – that differ between two XML documents.

    Formatting, comments, processing instructions, prefixes of namespaces and the order of attributes do not count;
    runs of white space count as one blank. `ignore` names attributes that do not count either. A document that
    declares entities, that is longer than `limit` characters or that is not well-formed is not comparable.
    Needs the extra `markup`.
    """

    name = "xml"

    def __init__(self, pointer: str = "", *, ignore: Sequence[str] = (), limit: int = 1_000_000) -> None:
        self.pointer = pointer
        self._ignored = frozenset(ignore)
        self._etree = _load("xml")
        self._parsed = Parsed(pointer, limit, self._parts)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        return self._parsed.compare(legacy, model)

    def _parts(self, text: str) -> list[str]:
        if _ENTITY.search(text):
            raise ValueError("the document declares entities, which are not expanded")
        parser = self._etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        return list(_walk(self._etree, _root(self._etree, text, parser, "XML"), self._ignored))


class Html:
    """The same for HTML: read as browsers do, so what is broken is mended; the order of classes does not count.

    `ignore` names attributes that do not count. A document longer than `limit` characters is not comparable: the
    parser's cost grows with the square of an element's attributes. Needs the extra `markup`.
    """

    name = "html"

    def __init__(self, pointer: str = "", *, ignore: Sequence[str] = (), limit: int = 300_000) -> None:
        self.pointer = pointer
        self._ignored = frozenset(ignore)
        self._etree = _load("html")
        self._parsed = Parsed(pointer, limit, self._parts)

    def __call__(self, legacy: Answer, model: Answer, /) -> Divergence:
        """Tell how far the model's answer lies from the legacy answer."""
        return self._parsed.compare(legacy, model)

    def _parts(self, text: str) -> list[str]:
        if not text.strip():
            return []
        parser = self._etree.HTMLParser(
            encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
        )
        return list(_walk(self._etree, _root(self._etree, text, parser, "HTML"), self._ignored))


def _load(name: str) -> Any:
    try:
        from lxml import etree
    except ImportError as exc:
        raise ValueError(f"{name} needs lxml: pip install 'shadow-router[markup]'") from exc
    return etree


def _root(etree: Any, text: str, parser: Any, kind: str) -> Any:
    try:
        root = etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.LxmlError as exc:
        raise ValueError(f"the text is no {kind}: {exc}") from exc
    if root is None:
        raise ValueError(f"the text is no {kind}")
    return root


def _walk(etree: Any, root: Any, ignored: frozenset[str]) -> Iterator[str]:
    """Give the start of each element with its attributes in order, its end, and the texts between."""
    depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth += 1
            if depth > _DEEPEST:
                raise ValueError(f"the document is deeper than {_DEEPEST} elements")
            yield f"<{node.tag}{_attributes(node, ignored)}>"
            yield from _text(node.text)
        else:
            depth -= 1
            yield f"</{node.tag}>"
            if depth:
                yield from _text(node.tail)


def _attributes(node: Any, ignored: frozenset[str]) -> str:
    pairs = sorted((name, value) for name, value in node.attrib.items() if name not in ignored)
    return "".join(f' {name}="{_value(name, value)}"' for name, value in pairs)


def _value(name: str, value: str) -> str:
    return " ".join(sorted(set(value.split()))) if name == "class" else value


def _text(text: str | None) -> Iterator[str]:
    squeezed = " ".join((text or "").split())
    if squeezed:
        yield squeezed
