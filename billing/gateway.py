"""The only module that calls Stripe: one method a call, typed values in and out."""

import stripe

TIMEOUT_SECONDS = 10  # the library's own default is 80

client = stripe.HTTPXClient if hasattr(stripe, "HTTPXClient") else stripe.RequestsClient
