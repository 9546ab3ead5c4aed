"""Value added tax: care is exempt, brokerage has its own line."""

TEXT = "tva"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_the_platform_fee_has_its_own_line_of_tax(said):
    lines = {"vat_on_physician_fee_bps": 0, "platform_fee_cents": 299}
    good = said("vat-split", "2026-02-01", **lines, platform_fee_has_own_vat_line=True)
    bad = said("vat-split", "2026-02-01", **lines, platform_fee_has_own_vat_line=False)
    assert (good, bad) == ("pass", "flag_review")
