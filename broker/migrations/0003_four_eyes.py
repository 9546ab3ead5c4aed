"""The composite key that ties an approval to what was judged and by whom it was proposed."""

from django.db import migrations

KEY = """
ALTER TABLE broker_textstep
  ADD CONSTRAINT textstep_as_judged FOREIGN KEY (text_id, proposed_by, refused_by)
    REFERENCES broker_publictext (id, proposed_by, refused_by);
"""
BACK = "ALTER TABLE broker_textstep DROP CONSTRAINT textstep_as_judged;"


class Migration(migrations.Migration):
    dependencies = [("broker", "0002_public_texts")]
    operations = [migrations.RunSQL(KEY, BACK)]
