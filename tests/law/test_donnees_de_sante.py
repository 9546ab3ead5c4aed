"""Health data and identity: hosting, keeping, numbers."""

TEXT = "donnees-de-sante"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_number_alone_does_not_open_the_door(said):
    known = {"rpps_format_valid": True, "rpps_matches_directory": True}
    rule = "rpps-well-formed-and-matched"
    assert said(rule, "2026-02-01", **known, profession_code="10") == "pass"
    assert said(rule, "2026-02-01", **known, profession_code="50") == "block_intake"
    assert said(rule, "2026-02-01", **known) == "block_intake"
