"""The Order's report of February 2016: teleadvice integrated and traced."""

TEXT = "rapport-cnom-2016"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


INSIDE = {
    "channel": "written", "advice_is_personalised": True, "act_kind": "telemedicine_act",
    "integrated_in_care_pathway": True, "trace_report_present": True,
}  # fmt: skip


def test_a_ground_needs_every_part_of_it(said):
    rule = "ground-cnom-personalised-teleadvice"
    assert said(rule, "2026-02-01", **INSIDE) == "billable"
    for missing in INSIDE:
        rest = {name: value for name, value in INSIDE.items() if name != missing}
        assert said(rule, "2026-02-01", **rest) == "pass", missing


def test_a_fee_on_the_position_is_always_flagged(decide):
    decision = decide("2026-02-01", scopes=["act"], **INSIDE, physician_fee_cents=2500)
    assert "ground-is-position-not-law" in decision.flags
