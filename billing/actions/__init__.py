"""Acts on money, by what they are about; keyword-only, each takes `now`.

`payments` (open_payment, reconcile), `work` (run_due, carry_out), `events.follow` and
`onboarding` call Stripe and stand outside any transaction. Inside the caller's transaction stand
`quotes` (issue_quote, accept_quote), `payments.release`, `gate.charge`, `events.receive`,
`refunding.refund` and `desk` (set_honoraires, publish_schedule, acquit).
"""
