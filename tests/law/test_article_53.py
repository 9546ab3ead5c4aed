"""Article 53 of the code of ethics: what a fee may be asked for."""

TEXT = "article-53"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_written_simple_advice_is_free_since_2012(said):
    rule = "art53-simple-advice-not-billable"
    written = {"channel": "written", "act_kind": "simple_advice"}
    assert said(rule, "2026-02-01", **written) == "not_billable"
    assert said(rule, "2012-05-08", **written) == "not_in_force"
    assert said(rule, "2026-02-01", channel="written", act_kind="telemedicine_act") == "pass"


def test_a_price_shown_after_the_agreement_was_not_shown_before_it(said):
    rule = "art53-prior-fee-information"
    shown = {"fee_amount_shown": True, "fee_shown_at": "2026-02-01T09:00:00+01:00"}
    before, after = "2026-02-01T07:59:59+00:00", "2026-02-01T08:00:01+00:00"
    assert said(rule, "2026-02-01", **shown, patient_accepted_fee_at=after) == "pass"
    assert said(rule, "2026-02-01", **shown, patient_accepted_fee_at=before) == "not_billable"
