"""F21: no marks, ranking, bargain, bonus, target or share of a fee, in the schema or anywhere.

Physicians are not workers to be driven: the walk reads every table, address, form, command,
template, script and sentence, and finds no word or structure that would do it.
"""

import re

import pytest
from django import forms
from django.db import connection, models
from django.test.utils import isolate_apps
from django.urls import path

from audit.law.dictionary import load
from broker.screen.folding import folded
from tests.broker.test_public_words import said
from tests.rows import structure
from tests.rows.structure import everything, offending

WORDS = """
rating ratings rate star stars etoile etoiles score scores rank ranks ranked ranking rankings
leaderboard classement bonus prime primes quota quotas target targets objectif objectifs goal
goals kpi productivity throughput cadence rendement commission commissions percent percentage
pourcentage kickback rebate affiliate affiliation promo promos promotion promotions coupon
coupons discount discounts voucher vouchers cashback loyalty fidelite boost boosted sponsored
featured premium vip popularity popular testimonial testimonials upsell streak reward rewards
incentive incentives
"""
FORBIDDEN = frozenset(WORDS.split())
# Words that mean something else where they stand, each with its reason.
INNOCENT = {
    "broker/static/broker/thread.js: RATE_LIMITED": "a bound on messages a minute",
    "config/static/config/demo.js: target": "where a click happened, in a browser's words",
    "config/static/config/house.js: target": "where a click happened, in a browser's words",
    "broker/templates/broker/quote.html: percent": "the rate of VAT",
    "broker/templates/broker/quote.html: rate": "the rate of VAT",
    "billing/queries/views.py: vat_percent": "the rate of VAT",
    "broker/templates/broker/_before_ordering.html: rate": "the platform's price of a minute",
    "broker/templates/broker/_live.html: rate": "the platform's price of a minute",
    "broker/templates/broker/_meter.html: rate": "the platform's price of a minute",
    "table billing_meterreading: meter_rate_times": "the platform's price of a minute",
    "table billing_quote: quote_cap_is_rate_times_minutes": "the platform's price of a minute",
    # Facts that the rules ask of the platform, each answered no.
    "broker/queries/platform.py: commission_to_referrer_cents": "a fact of R.4127-24, always 0",
    "broker/actions/judging.py: commission_to_referrer_cents": "the same, asked to refuse it",
    "broker/queries/platform.py: patient_rebate_cents": "a fact of R.4127-24, always 0",
    "broker/queries/platform.py: ranking_depends_on_payment": "a fact of R.4127-80, read off",
    "form ContractForm: Selon le rendement (nombre, durée, délai)": "asked, to refuse it",
}
DRIVES = re.compile(
    r"\b(?:objectifs? (?:de|du|mensuel|hebdo)|quotas?\b|bonus\b|prime (?:de|a|au|mensuelle)"
    r"|classement des|votre (?:score|note|rang|classement)|taux de (?:reponse|satisfaction)"
    r"|medecins? (?:les plus|le plus) \w+|pourcentage (?:des|sur les|de vos) honoraires"
    r"|commission sur|\d+ ?% (?:des|sur les|de vos) honoraires|top medecins?|your (?:score|rank)"
    r"|monthly target|target of|bonus for|commission on)"
)


def driven(sentences) -> list[str]:
    """Sentences that would drive a physician, denials left out."""
    return [
        f"{where}: {sentence[:80]}"
        for where, sentence in sentences
        for found in [DRIVES.search(folded(sentence))]
        if found
        and not re.search(r"\b(?:aucune?|sans|jamais|pas|no|never|without)\b", folded(sentence))
    ]


def test_every_exception_is_still_needed():
    assert set(INNOCENT) <= set(offending(everything(), FORBIDDEN))


def test_no_name_in_the_product_marks_ranks_drives_or_bargains():
    names = everything()
    assert len(names) > 5000
    assert [one for one in offending(names, FORBIDDEN) if one not in INNOCENT] == []


def test_no_sentence_in_either_language_drives_a_physician():
    assert driven(said()) == []


def test_no_column_holds_a_share_of_a_fee(database):
    rated = "bps|ratio|_pct|fraction|coefficient|multiplier"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name ~ %s",
            [rated],
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found == {"billing_quote.vat_bps", "billing_schedule.vat_bps"} | {
        name for name in found if name.endswith(".vat_bps")
    }


def test_no_column_of_a_physician_counts_or_weighs_them(database):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = 'consults_physician'"
        )
        columns = dict(cursor.fetchall())
    numbers = {name for name, kind in columns.items() if kind in ("integer", "numeric", "real")}
    assert numbers == set(), "a number on a physician invites comparison"


def test_the_facts_that_the_law_asks_about_name_such_things_only_to_refuse_them():
    named = {name for name in load() if structure.tokens(name) & FORBIDDEN}
    assert named <= {"commission_to_referrer_cents", "patient_rebate_cents",
                     "ranking_depends_on_payment", "uses_testimonials_or_ratings"} | {
        name for name in named if name.startswith("promotional")
    }  # fmt: skip


class Seeded(forms.Form):
    """A form that must be caught."""

    stars = forms.IntegerField()
    order = forms.ChoiceField(choices=[("by_rank", "Par classement")])


@isolate_apps("tests.rows")
def test_the_walk_finds_a_seeded_column_choice_and_constraint():
    class Mark(models.Model):
        weekly_quota = models.IntegerField()
        kind = models.CharField(max_length=9, choices=[("bonus", "Prime mensuelle")])

        class Meta:
            app_label = "rows"
            constraints = (
                models.CheckConstraint(
                    condition=models.Q(kind__in=("promo", "other")), name="mark_target_reached"
                ),
            )

    found = offending(structure.of_model(Mark), FORBIDDEN)
    for part in ("weekly_quota", "bonus", "Prime mensuelle", "mark_target_reached", "promo"):
        assert f"table rows_mark: {part}" in found


def test_the_walk_finds_a_seeded_address_field_tag_and_script():
    seeded = [path("medecins/classement/", lambda request: None, name="leaderboard")]
    assert len(offending(structure.addresses(seeded), FORBIDDEN)) == 2
    assert len(offending(structure.of_form(Seeded), FORBIDDEN)) == 3
    for source in (
        "const reponsesBonus = 3;",
        '<div class="promo-banner">',
        "{{ doctor.rating }}",
    ):
        assert offending(structure.in_text("seeded", source), FORBIDDEN)


@pytest.mark.parametrize(
    "sentence",
    [
        "Votre objectif du mois : 120 réponses.",
        "Encore trois réponses et votre bonus est à vous.",
        "Votre score de rapidité",
        "La plateforme retient 15 % des honoraires.",
        "You are close to your monthly target.",
    ],
)
def test_the_walk_finds_a_seeded_sentence(sentence):
    assert driven([("seeded", sentence)])
