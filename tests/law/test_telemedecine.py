"""Telemedicine: consent, relevance, identity, the trace in the record."""

TEXT = "telemedecine"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_the_contract_with_the_agency_binds_until_its_repeal_in_paris(said):
    rule, act = "ars-contract-2010", {"act_kind": "telemedicine_act"}
    none = {**act, "ars_contract_in_force": False}
    assert said(rule, "2018-09-14T21:59:59+00:00", **none) == "block_intake"
    assert said(rule, "2018-09-14T22:00:00+00:00", **none) == "not_in_force"


def test_an_empty_incident_field_is_not_the_answer_none(said):
    kept = dict.fromkeys(
        ("trace_report_present", "trace_acts_and_prescriptions_present",
         "trace_identity_present", "trace_datetime_present"), True,
    )  # fmt: skip
    rule = "r6316-4-trace-in-record"
    assert said(rule, "2026-02-01", **kept, trace_incident_field_answered=True) == "pass"
    assert said(rule, "2026-02-01", **kept) == "not_billable"
