"""Acts on money, by what they are about; keyword-only, each takes `now`.

quotes: issue_quote, accept_quote · payments: open_payment, reconcile, release · gate: charge
desk: set_honoraires, open_connected_account, acquit · work: run_due · events: receive.
"""
