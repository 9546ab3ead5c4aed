"""The words of the law as dated data, and the pure machine that applies them.

`model` holds the values, `packs` reads the dated texts under `texts/`, `dictionary` the typed
facts, `evaluator` judges, `codes` ties stable codes to rules, `words` says a finding to people.
"""
