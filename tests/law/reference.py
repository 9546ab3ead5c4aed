"""The law judged a second time, straight from the rows as data, sharing nothing with the code.

Written from the rulebook's own words on evaluation: unknown is a third value; `all`: false wins,
then unknown; `any`: true wins, then unknown; blocks win over not billable, which wins over
billable; without a positive ground nothing is billable. Values are plain, moments are ISO texts.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
TRUE, FALSE, UNKNOWN = "true", "false", "unknown"


def judged(values, body, *, scopes, day, profile):
    """(outcome, {rule: what it says}) of the rules of these scopes on that day."""
    said = {}
    for rule in body["rules"]:
        if rule["scope"] in scopes and applies(rule, day) and counts(rule, body, profile):
            truth = holds(rule["when"], values, body["facts"])
            follows = {TRUE: rule["outcome"], FALSE: "silent", UNKNOWN: rule["on_unknown"]}[truth]
            said[rule["id"]] = "silent" if follows == "ignore" else follows
    heard = list(said.values())
    if "block_intake" in heard:
        return "block_intake", said
    billable = "billable" in heard and "not_billable" not in heard
    return ("billable" if billable else "not_billable"), said


def applies(rule, day):
    """Half-open days of force; a row that was replaced says nothing today."""
    if rule["recorded_until"] is not None or rule["effective_from"] is None:
        return False
    ends = rule["effective_until"] or "9999-12-31"
    return rule["effective_from"] <= day < ends


def counts(rule, body, profile):
    """Whether the profile lets the rule speak."""
    row = body["profiles"][profile]
    if rule["scope"] in row["always_scopes"]:
        return True
    if any(rule["id"].startswith(prefix) for prefix in row["off_prefixes"]):
        return False
    return row["statuses"] is None or rule["legal_status"] in row["statuses"]


def holds(when, values, facts):
    """True, false or unknown, as a word."""
    for word, wins, loses in (("all", FALSE, TRUE), ("any", TRUE, FALSE)):
        if word in when:
            parts = [holds(part, values, facts) for part in when[word]]
            return wins if wins in parts else UNKNOWN if UNKNOWN in parts else loses
    value, wanted = values.get(when["fact"]), when["value"]
    if value is None:
        return UNKNOWN
    if when["op"] == "gt_fact":
        if values.get(wanted) is None:
            return UNKNOWN
        one, other = value, values[wanted]
        if facts[when["fact"]]["type"] == "datetime":
            one, other = (moment(text) for text in (one, other))
        return TRUE if one > other else FALSE
    answer = {
        "eq": lambda: value == wanted, "ne": lambda: value != wanted,
        "in": lambda: value in wanted, "lt": lambda: value < wanted,
        "ge": lambda: value >= wanted, "gt": lambda: value > wanted,
    }[when["op"]]()  # fmt: skip
    return TRUE if answer else FALSE


def moment(text):
    """A moment; without a zone it is Paris time."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=PARIS)
