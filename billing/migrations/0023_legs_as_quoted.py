"""A payment asks for the line of its own quote, to the cent, and for nothing else ever."""

from django.db import migrations

GUARD = """
CREATE FUNCTION billing_leg_is_as_quoted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $guard$
BEGIN
  IF NOT EXISTS (
    SELECT FROM billing_quote q WHERE q.id = NEW.quote_id AND q.question = NEW.question
      AND NEW.amount_cents
        = CASE NEW.party WHEN 'honoraires' THEN q.honoraires_cents ELSE q.platform_cents END
  ) THEN
    RAISE EXCEPTION 'another amount was quoted' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $guard$;
REVOKE ALL ON FUNCTION billing_leg_is_as_quoted() FROM PUBLIC;
CREATE TRIGGER leg_is_as_quoted BEFORE INSERT OR UPDATE OF quote_id, question, party, amount_cents
  ON billing_leg FOR EACH ROW EXECUTE FUNCTION billing_leg_is_as_quoted();
ALTER TABLE billing_leg ENABLE ALWAYS TRIGGER leg_is_as_quoted;
"""
BACK = """
DROP TRIGGER leg_is_as_quoted ON billing_leg;
DROP FUNCTION billing_leg_is_as_quoted();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0022_one_book_for_replicas")]

    operations = [migrations.RunSQL(GUARD, BACK)]
