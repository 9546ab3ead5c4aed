"""Public texts as pages: `{{ text|prose:blanks }}` gives a `Page` with title, lede and sections.

The markup is a small part of Markdown: `# title`, `## section {#anchor}`, `### card`,
paragraphs, `- items`, `- ! refusals — with their reason`, `[links](/path/)` and `{blanks}`.
Anything else is text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
LINK = re.compile(r"\[([^\]]+)\]\(((?:/|#|https://|tel:|sms:)[^)\s]*)\)")
ANCHOR = re.compile(r"\s*\{#([a-z-]+)\}$")
BLANK = re.compile(r"\{([a-z_]+)\}")
HELD = re.compile(r" (?=[:;?!»])|(?<=«) ")  # a French sign stays on the line of its word


@dataclass(frozen=True)
class Page:
    """A public text taken apart."""

    title: str
    lede: SafeString
    sections: SafeString


@register.filter
def prose(body: str, blanks: Mapping[str, str]) -> Page:
    """The text as a page; each blank is replaced by its value, and by nothing but text."""
    head, *sections = re.split(r"^## ", body, flags=re.M)
    title, _, lede = head.strip().partition("\n")
    return Page(
        title.removeprefix("# ").strip(),
        _inline(" ".join(lede.split()), blanks),
        mark_safe("\n".join(_section(one, blanks) for one in sections)),
    )


def _section(text: str, blanks: Mapping[str, str]) -> SafeString:
    heading, _, rest = text.partition("\n")
    anchor = ANCHOR.search(heading)
    before, *cards = re.split(r"^### ", rest, flags=re.M)
    # What follows the cards under a line of its own, links, belongs to the section.
    after = ""
    if cards and (found := re.search(r"\n\n(\[[^\n]*\)\s*)$", cards[-1].rstrip() + "\n")):
        after, cards[-1] = found[1], cards[-1][: found.start()]
    shown = format_html_join(
        "\n", '<div class="card">{}</div>', ((_card(one, blanks),) for one in cards)
    )
    return format_html(
        "<h2{}>{}</h2>\n{}{}{}",
        format_html(' id="{}"', anchor[1]) if anchor else "",
        ANCHOR.sub("", heading),
        _blocks(before, blanks),
        format_html('<div class="grid">{}</div>', shown) if cards else "",
        _blocks(after, blanks),
    )


def _card(text: str, blanks: Mapping[str, str]) -> SafeString:
    heading, _, rest = text.partition("\n")
    return format_html("<h3>{}</h3>{}", heading.strip(), _blocks(rest, blanks))


def _blocks(text: str, blanks: Mapping[str, str]) -> SafeString:
    return mark_safe("\n".join(_each_block(text, blanks)))


def _each_block(text: str, blanks: Mapping[str, str]) -> Iterator[SafeString]:
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        if all(line.startswith("- ! ") for line in lines):
            items = (_refusal(line[4:], blanks) for line in lines)
            yield format_html('<div class="card"><ul class="findings">{}</ul></div>', _all(items))
        elif all(line.startswith("- ") for line in lines):
            items = (format_html("<li>{}</li>", _inline(line[2:], blanks)) for line in lines)
            yield format_html("<ul>{}</ul>", _all(items))
        else:
            yield format_html("<p>{}</p>", _inline(" ".join(lines), blanks))


def _refusal(line: str, blanks: Mapping[str, str]) -> SafeString:
    what, _, why = line.partition(" — ")
    return format_html(
        '<li class="finding finding--fails"><p class="finding-text">{}</p>'
        '<p class="finding-article">{}</p></li>',
        _inline(what, blanks),
        _inline(why, blanks),
    )


def _all(parts: Iterator[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _inline(text: str, blanks: Mapping[str, str]) -> SafeString:
    plain = escape(HELD.sub("\u00a0", text))
    linked = LINK.sub(lambda found: f'<a href="{found[2]}">{found[1]}</a>', plain)
    return mark_safe(BLANK.sub(lambda found: escape(blanks.get(found[1], found[0])), linked))
