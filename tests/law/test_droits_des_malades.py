"""Patients' rights: consent, minors, the price told before the act."""

TEXT = "droits-des-malades"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_nobody_reads_a_question_without_consent(said):
    rule = "l1111-4-informed-consent"
    assert said(rule, "2026-02-01", patient_consent_recorded=True) == "pass"
    assert said(rule, "2026-02-01", patient_consent_recorded=False) == "block_intake"
    assert said(rule, "2026-02-01") == "block_intake"
