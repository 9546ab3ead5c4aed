"""Every name that the product gives to a thing, and every sentence it says, with where it stands.

A walk over tables, addresses, forms, commands, templates, scripts, styles and entries: what is
searched for targets, marks, bargains and papers, so that none can slip in under any of them.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from importlib import import_module

from django import forms
from django.apps import apps
from django.core.management import load_command_class
from django.db.models import CheckConstraint, Field, Model
from django.urls import URLPattern, URLResolver, get_resolver

from tests.words import ROOT

APPS = ("audit", "billing", "broker", "config", "consults")
Named = tuple[str, str]
WORD = re.compile(r"[A-Z]?[a-zà-ÿ]+|[A-Z]+(?![a-z])")
IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*")


def tokens(name: str) -> set[str]:
    """The words of an identifier: `promoCode_rank` gives promo, code, rank."""
    return {word.lower() for word in WORD.findall(name.replace("_", " ").replace("-", " "))}


def offending(names: Iterable[Named], forbidden: Iterable[str]) -> list[str]:
    """Where a name holds a forbidden word, as `where: name`."""
    banned = set(forbidden)
    return sorted({f"{where}: {name}" for where, name in names if tokens(name) & banned})


def of_model(model: type[Model]) -> Iterator[Named]:
    """A table, its columns, the values they admit, and its constraints."""
    where = f"table {model._meta.db_table}"
    yield where, model.__name__
    for field in model._meta.get_fields():
        yield where, field.name
        if isinstance(field, Field):
            for value, label in field.flatchoices:
                yield where, str(value)
                yield where, str(label)
    for constraint in model._meta.constraints:
        yield where, constraint.name
        if isinstance(constraint, CheckConstraint):
            yield from ((where, value) for value in values_in(constraint.condition))
    for name, _ in model._meta.permissions:
        yield where, name


def values_in(condition: object) -> Iterator[str]:
    """The strings that a constraint names, however deep."""
    children = getattr(condition, "children", condition if isinstance(condition, tuple) else ())
    for child in children:
        if isinstance(child, str):
            yield child
        elif isinstance(child, list | tuple) or hasattr(child, "children"):
            yield from values_in(tuple(child) if isinstance(child, list) else child)


def tables() -> Iterator[Named]:
    for name in APPS:
        for model in apps.get_app_config(name).get_models(include_auto_created=True):
            yield from of_model(model)


def addresses(patterns: Iterable[URLPattern | URLResolver] | None = None) -> Iterator[Named]:
    """Each address with the name it has; other people's packages (sign-in) are left out."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(one, URLResolver):
            if "allauth" not in str(one.urlconf_name):
                yield "address", str(one.pattern)
                yield from addresses(one.url_patterns)
        else:
            yield "address", str(one.pattern)
            yield "address", one.name or ""


def of_form(form: type[forms.BaseForm]) -> Iterator[Named]:
    """A form's fields and what they let somebody choose."""
    for name, field in form.base_fields.items():
        yield f"form {form.__name__}", name
        for value, label in getattr(field, "choices", ()):
            yield f"form {form.__name__}", str(value)
            yield f"form {form.__name__}", str(label)


def all_forms() -> Iterator[Named]:
    for path in sorted(ROOT.glob("*/forms*")) + sorted(ROOT.glob("*/forms/*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if path.suffix != ".py" or parts[0] not in APPS:
            continue
        module = import_module(".".join(parts).removesuffix(".__init__"))
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, forms.BaseForm):
                yield from of_form(thing)


def commands() -> Iterator[Named]:
    """Each command with its options."""
    for path in sorted(ROOT.glob("*/management/commands/*.py")):
        if path.stem == "__init__":
            continue
        app = path.relative_to(ROOT).parts[0]
        parser = load_command_class(app, path.stem).create_parser("teleconseil", path.stem)
        yield f"command {path.stem}", path.stem
        for action in parser._actions:
            yield from ((f"command {path.stem}", name) for name in action.option_strings)


def in_text(where: str, source: str) -> Iterator[Named]:
    """Identifiers of a template, a script or a style sheet."""
    yield from ((where, name) for name in IDENTIFIER.findall(source))


def markup() -> Iterator[Named]:
    """What stands in template tags and attributes; sentences are judged as sentences."""
    for path in sorted(ROOT.glob("*/templates/**/*.html")):
        where = path.relative_to(ROOT).as_posix()
        source = re.sub(r"_\(\"[^\"]*\"\)|translate [\"'][^\"']*[\"']", " ", path.read_text())
        for part in re.findall(r"{%.*?%}|{{.*?}}|<[a-z][^>]*>", source, re.S):
            yield from in_text(where, part)


def scripts() -> Iterator[Named]:
    for pattern in ("*/static/**/*.js", "*/static/**/*.css"):
        for path in sorted(ROOT.glob(pattern)):
            bare = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.S)
            yield from in_text(path.relative_to(ROOT).as_posix(), bare)


def answers() -> Iterator[Named]:
    """Keys of the dictionaries that pages, scripts and entries are made of."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if {"views", "queries", "actions", "consumers", "schemas.py", "states.py"} & set(
                parts
            ):
                where = path.relative_to(ROOT).as_posix()
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Dict):
                        yield from ((where, key.value) for key in node.keys if is_text(key))


def is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def everything() -> list[Named]:
    """All names of the product."""
    walks = (tables, addresses, all_forms, commands, markup, scripts, answers)
    return [found for walk in walks for found in walk() if found[1]]
