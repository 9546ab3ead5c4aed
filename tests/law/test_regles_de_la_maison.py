"""Rules of this platform: emergencies, intake, the gate."""

TEXT = "regles-de-la-maison"


def test_every_dated_case_of_this_text(case, said):
    expected = "pass" if case["expect"] == "ignore" else case["expect"]
    assert said(case["rule"], case["at"], **case["facts"]) == expected


def test_an_emergency_is_turned_away_under_every_profile(decide):
    for profile in ("cnom2016", "strict", "law-only"):
        decision = decide("2026-02-01", profile, ["intake"], red_flag_detected=True)
        assert "emergency-redirect" in {finding.rule for finding in decision.refusing}


def test_no_profile_lets_a_stranger_adapt_a_treatment(decide):
    for profile in ("cnom2016", "strict", "law-only"):
        decision = decide("2026-02-01", profile, ["signing"], treatment_adapted=True)
        assert not decision.allowed


def test_no_profile_switches_the_gate_of_the_house_off(decide):
    for profile in ("cnom2016", "strict", "law-only"):
        decision = decide("2026-02-01", profile, ["gate"], charge_equals_quote=False)
        assert {"quote-equals-charge", "answer-readable-by-patient"} == {
            finding.rule for finding in decision.refusing
        }
