"""JSON Schemas, checked once and then applied to many documents. Fetches nothing; knows nothing of answers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from comparators.pointer import unparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import FormatChecker
    from referencing import Resource
    from referencing._core import Resolver

    Schema = dict[str, Any] | bool


class Validator(Protocol):
    """What a schema becomes: it tells every error of a document."""

    def iter_errors(self, instance: Any, /) -> Iterator[Any]:
        """Give the errors, in the order they are found."""
        ...


def validator_of(schema: Schema) -> Validator:
    """Give what tells a document's errors.

    A schema without `$schema` is read by Draft 2020-12. Raises ValueError, saying what is wrong, for a schema
    that is none, or whose `$ref` leads out of it or to nothing: nothing is ever fetched. Formats checked: date,
    date-time, email, ipv4, ipv6, regex, uuid; others are notes, as the standard has it.
    """
    from jsonschema import Draft202012Validator, SchemaError  # late: most models need no schema
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import CannotDetermineSpecification, Unresolvable
    from referencing.jsonschema import DRAFT202012, UnknownDialect

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)  # type: ignore[arg-type] # true and false are schemas
        resource: Resource[Any] = DRAFT202012.create_resource(schema)
        if isinstance(schema, dict) and "$schema" in schema:
            resource = resource.from_contents(schema)
        registry: Registry[Any] = Registry()  # with one of our own, the libraries fetch nothing
        _follow(registry.resolver_with_root(resource), resource)
    except SchemaError as exc:
        raise ValueError(
            f"{unparse(exc.absolute_path) or 'the schema'} is no JSON Schema: {exc.message}"
        ) from exc
    except (CannotDetermineSpecification, UnknownDialect) as exc:
        draft = schema["$schema"]  # type: ignore[index]  # true and false name none, and so no unknown one
        raise ValueError(f'no known draft: "$schema" is {draft!r}') from exc
    except Unresolvable as exc:
        raise ValueError(f'"$ref" leads nowhere in this schema (nothing is fetched): {exc.ref}') from exc
    validator: Validator = kind(schema, registry=registry, format_checker=_formats())
    return validator


def _follow(resolver: Resolver[Any], resource: Resource[Any]) -> None:
    """Look every reference up, so that one to nothing is found now."""
    contents = resource.contents
    if isinstance(contents, dict):
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            if isinstance(contents.get(keyword), str):
                resolver.lookup(contents[keyword])
    for below in resource.subresources():
        _follow(resolver.in_subresource(below), below)


@cache
def _formats() -> FormatChecker:
    from jsonschema import FormatChecker

    formats = FormatChecker(("date", "email", "ipv4", "ipv6", "regex", "uuid"))
    formats.checks("date-time", raises=ValueError)(_is_date_time)
    return formats


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    from dateutil.parser import isoparse

    parsed = isoparse(value)
    return parsed.tzinfo is not None and value[10:11] in ("T", "t", " ") and len(value) >= 20
