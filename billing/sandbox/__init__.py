"""A wire-level double of the few Stripe endpoints that the product uses."""
