"""A day is closed when it has ended, by the database's own clock."""

from django.db import migrations

GUARD = """
CREATE FUNCTION billing_day_has_ended() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF ((NEW.day + 1)::timestamp AT TIME ZONE 'UTC') > clock_timestamp() THEN
        RAISE EXCEPTION 'the day % has not ended', NEW.day USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closedday_has_ended BEFORE INSERT OR UPDATE ON billing_closedday
    FOR EACH ROW EXECUTE FUNCTION billing_day_has_ended();
ALTER TABLE billing_closedday ENABLE ALWAYS TRIGGER closedday_has_ended;
"""
BACK = """
DROP TRIGGER closedday_has_ended ON billing_closedday;
DROP FUNCTION billing_day_has_ended();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_physician_seen_at")]
    operations = [migrations.RunSQL(GUARD, BACK)]
