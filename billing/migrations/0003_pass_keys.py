"""A pass names the question and the hash of its own quote, and an answer to that question."""

from django.db import migrations, models

KEYS = """
ALTER TABLE billing_gatepass
  ADD CONSTRAINT gatepass_quote_as_agreed FOREIGN KEY (quote_id, question, quote_sha256)
    REFERENCES billing_quote (id, question, sha256),
  ADD CONSTRAINT gatepass_answer_to_question FOREIGN KEY (answer, question)
    REFERENCES consults_answer (id, question_id);
"""
BACK = """
ALTER TABLE billing_gatepass DROP CONSTRAINT gatepass_answer_to_question,
  DROP CONSTRAINT gatepass_quote_as_agreed;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_ledger_keys"),
        ("consults", "0002_answer_answer_to_question"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                fields=("id", "question", "sha256"), name="quote_as_agreed"
            ),
        ),
        migrations.RunSQL(KEYS, BACK),
    ]
