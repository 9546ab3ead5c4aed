"""The Order's notice to Qare: no claim of reimbursement."""

TEXT = "avis-qare-2018"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_written_advice_is_never_announced_as_reimbursed(said):
    claim = {"copy_claims_reimbursed": True, "channel": "written"}
    assert said("no-claim-of-reimbursement", "2026-02-01", **claim) == "block_intake"
    assert said("no-claim-of-reimbursement", "2018-09-27", **claim) == "not_in_force"
