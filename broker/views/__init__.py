"""The pages of patients, physicians and the operator: read the clock once, call one action."""
