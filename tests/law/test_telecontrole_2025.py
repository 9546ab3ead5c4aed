"""Remote medical checks: notice, reminder, appointment in person."""

TEXT = "telecontrole-2025"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_notice_two_days_ahead_is_in_time_and_one_day_is_late(said):
    rule = "telecontrol-email-two-days-before"
    assert said(rule, "2026-02-01", email_days_before=2, parallel_sms_sent=True) == "pass"
    late = said(rule, "2026-02-01", email_days_before=1, parallel_sms_sent=True)
    assert late == "flag_review"
