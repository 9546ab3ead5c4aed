"""Remote sick leave: three days, not from abroad, no platform for it."""

TEXT = "arrets-de-travail"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_leave_from_abroad_is_judged_by_the_date_in_paris(said):
    leave = {"sick_leave_total_days": 2, "physician_mainly_abroad": True}
    rule = "no-sick-leave-from-abroad"
    assert said(rule, "2025-02-28T22:59:59+00:00", **leave) == "not_in_force"
    assert said(rule, "2025-02-28T23:00:00+00:00", **leave) == "block_intake"


def test_the_article_that_was_struck_down_never_applies(said):
    for day in ("2023-06-01", "2026-02-01"):
        rule = "sick-leave-lfss2023-art101-annulled"
        assert said(rule, day, sick_leave_by_unknown_doctor=True) == "not_in_force"
