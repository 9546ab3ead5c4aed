"""The database proves a meter a second time: presence moves beat by beat, minutes are counted."""

from django.db import migrations

GUARDS = """
ALTER TABLE billing_meterreading
  ADD CONSTRAINT meter_as_quoted FOREIGN KEY (quote_id, per_minute_cents, cap_cents)
    REFERENCES billing_quote (id, per_minute_cents, platform_cents);

-- A rate belongs to the tier that has one, and is the one of its line in the catalogue.
CREATE FUNCTION billing_rate_is_offered() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF NEW.per_minute_cents > 0 AND NOT EXISTS (
        SELECT 1 FROM billing_schedule s WHERE s.id = NEW.schedule_id AND s.tier = 'live'
        AND s.tier = NEW.tier AND s.platform_cents = NEW.per_minute_cents
    ) THEN
        RAISE EXCEPTION 'no such rate is offered' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quote_rate_offered BEFORE INSERT ON billing_quote
    FOR EACH ROW EXECUTE FUNCTION billing_rate_is_offered();
ALTER TABLE billing_quote ENABLE ALWAYS TRIGGER quote_rate_offered;

-- A line that is silent for more than 15 seconds is not shown to stand, nor is one in the future.
CREATE FUNCTION billing_presence_by_beats() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'presence is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.seen_at > clock_timestamp()
          + (SELECT value::interval FROM audit_setting WHERE name = 'tolerance')
       OR NEW.seen_at - (CASE TG_OP WHEN 'INSERT' THEN NEW.began_at ELSE OLD.seen_at END)
          > interval '15 seconds' THEN
        RAISE EXCEPTION 'presence moves by one beat at a time' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.seen_at < OLD.seen_at
       OR (NEW.id, NEW.subject, NEW.question, NEW.side, NEW.began_at)
          IS DISTINCT FROM (OLD.id, OLD.subject, OLD.question, OLD.side, OLD.began_at)) THEN
        RAISE EXCEPTION 'presence only goes forward' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER presence_by_beats BEFORE INSERT OR UPDATE OR DELETE ON billing_presence
    FOR EACH ROW EXECUTE FUNCTION billing_presence_by_beats();
ALTER TABLE billing_presence ENABLE ALWAYS TRIGGER presence_by_beats;

-- Both were there for these minutes, after the physician's first message, before any stop.
CREATE FUNCTION billing_meter_is_shown() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    first_said timestamptz;
    last_moment timestamptz;
    shown numeric;
BEGIN
    IF NEW.minutes = 0 THEN
        RETURN NEW;
    END IF;
    SELECT min(m.at) INTO first_said FROM consults_message m
        JOIN billing_acceptance a ON a.quote_id = NEW.quote_id AND m.at >= a.accepted_at
        WHERE m.question_id = NEW.question AND m.kind = 'message'
          AND m.author_kind = 'physician';
    SELECT least(NEW.read_at, min(s.stopped_at)) INTO last_moment
        FROM billing_meterstop s WHERE s.quote_id = NEW.quote_id;
    IF first_said IS NULL OR NEW.started_at < first_said OR NEW.started_at >= last_moment THEN
        RAISE EXCEPTION 'this meter was not running' USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0) INTO shown FROM unnest(
        (SELECT range_agg(tstzrange(began_at, seen_at)) FROM billing_presence
         WHERE question = NEW.question AND side = 'patient')
        * (SELECT range_agg(tstzrange(began_at, seen_at)) FROM billing_presence
           WHERE question = NEW.question AND side = 'physician')
        * tstzmultirange(tstzrange(NEW.started_at, last_moment))
    ) AS r;
    IF shown < NEW.minutes * 60 THEN
        RAISE EXCEPTION 'these minutes are not shown' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER meter_is_shown BEFORE INSERT ON billing_meterreading
    FOR EACH ROW EXECUTE FUNCTION billing_meter_is_shown();
ALTER TABLE billing_meterreading ENABLE ALWAYS TRIGGER meter_is_shown;

-- What is captured is what is owed: the line of the quote, or what its meter read.
CREATE FUNCTION billing_capture_is_owed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
DECLARE
    owed bigint;
BEGIN
    SELECT CASE WHEN l.party = 'platform' AND q.per_minute_cents > 0 THEN r.cents
                ELSE l.amount_cents END INTO owed
        FROM billing_leg l JOIN billing_quote q ON q.id = l.quote_id
        LEFT JOIN billing_meterreading r ON r.quote_id = q.id
        WHERE l.id = NEW.leg_id;
    IF owed IS DISTINCT FROM NEW.amount_cents THEN
        RAISE EXCEPTION 'another amount is owed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER op_capture_is_owed BEFORE INSERT ON billing_op
    FOR EACH ROW WHEN (NEW.kind = 'capture') EXECUTE FUNCTION billing_capture_is_owed();
ALTER TABLE billing_op ENABLE ALWAYS TRIGGER op_capture_is_owed;
"""
BACK = """
DROP TRIGGER op_capture_is_owed ON billing_op;
DROP FUNCTION billing_capture_is_owed();
DROP TRIGGER meter_is_shown ON billing_meterreading;
DROP FUNCTION billing_meter_is_shown();
DROP TRIGGER presence_by_beats ON billing_presence;
DROP FUNCTION billing_presence_by_beats();
DROP TRIGGER quote_rate_offered ON billing_quote;
DROP FUNCTION billing_rate_is_offered();
ALTER TABLE billing_meterreading DROP CONSTRAINT meter_as_quoted;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0017_metered_fee"),
        ("consults", "0012_evidence_says_what"),
    ]

    operations = [migrations.RunSQL(GUARDS, BACK)]
