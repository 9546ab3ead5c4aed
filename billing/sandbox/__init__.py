"""A wire-level double of the few Stripe endpoints that the product uses.

Real HTTP for the real SDK: one universe per connected account, hosted pages, answers kept under
idempotency keys for a day, signed webhooks to two endpoints, faults on demand. No money moves
here. Requests are held to the SDK's own types, and what the double would ignore it refuses;
answers and events are held to Stripe's published description by `tests/billing/openapi.py`.

The control port, JSON over the same port:

    POST /_sandbox/faults        kind; path, method, account, leg, seconds, times, after
    POST /_sandbox/faults/lift   nothing goes wrong any more
    POST /_sandbox/clock         seconds: what the clock overtakes lapses, what is late arrives
    POST /_sandbox/dispute …     what others do at Stripe: `control.ACTS`
    GET  /_sandbox/requests      every request, as it came
    GET  /_sandbox/heard         every answer and every event, as they went

`faults.KINDS` names what may go wrong. Before a call has an effect: `error_500` (kept under its
key), `conflict_409`, `rate_429`, `reset`, `down`; after it: `lost_answer`, `slow`. To an event:
`webhook_lost`, `webhook_doubled`, `webhook_reordered`, `webhook_late` (by the double's clock).
"""
