"""People and care: patients, physicians, questions, answers, reports.

May import audit. Cannot see money: medicine is not a trade (R.4127-19 CSP).
"""
