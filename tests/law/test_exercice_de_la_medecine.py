"""Practice of medicine: the register, insurance, contracts, no share of fees."""

TEXT = "exercice-de-la-medecine"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_a_physician_struck_off_answers_nothing(said):
    rule = "physician-on-the-register"
    assert said(rule, "2026-02-01", register_status="registered") == "pass"
    assert said(rule, "2026-02-01", register_status="struck_off") == "block_intake"
