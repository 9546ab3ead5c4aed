"""A hold takes the place of another in one way alone, so that never two of a payment count.

The hold that counts is its leg's `payment_intent`, and its memorandum is written once for each
PaymentIntent (`journal_once`). It may only change while the payment stands, with nothing asked
that ends it, to the hold of a counted renewal of the one before; and then the memoranda of the
payment add up to its amount, once.
"""

from django.db import migrations

GUARDS = """
CREATE FUNCTION billing_leg_keeps_its_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $guard$
BEGIN
  IF OLD.payment_intent IS NULL OR NEW.payment_intent IS NOT DISTINCT FROM OLD.payment_intent THEN
    RETURN NULL;
  END IF;
  IF OLD.state <> 'authorised' OR NEW.state <> 'authorised' OR EXISTS (
    SELECT FROM billing_op WHERE leg_id = NEW.id
      AND (state = 'live' AND kind = 'cancel' OR kind = 'capture')
  ) THEN
    RAISE EXCEPTION 'a hold takes the place of one that stands alone'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (
    SELECT FROM billing_renewal WHERE leg_id = NEW.id AND state = 'counted'
      AND instead_of = OLD.payment_intent AND payment_intent = NEW.payment_intent
  ) THEN
    RAISE EXCEPTION 'a hold takes the place of another by a renewal that counts'
      USING ERRCODE = 'check_violation';
  END IF;
  IF (
    SELECT sum(CASE WHEN debit_name = 'memo_held' THEN amount_cents ELSE -amount_cents END)
    FROM billing_journal WHERE question = NEW.question AND leg = NEW.id
      AND 'memo_held' IN (debit_name, credit_name)
  ) IS DISTINCT FROM NEW.amount_cents THEN
    RAISE EXCEPTION 'one hold of a payment counts, once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $guard$;
REVOKE ALL ON FUNCTION billing_leg_keeps_its_hold() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER keeps_its_hold AFTER UPDATE ON billing_leg
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_leg_keeps_its_hold();

CREATE FUNCTION billing_renewal_counts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $guard$
BEGIN
  IF OLD.state IN ('counted', 'dropped') AND NEW.state <> OLD.state THEN
    RAISE EXCEPTION 'a renewal ends once' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'counted' AND OLD.state <> 'counted' AND NOT EXISTS (
    SELECT FROM billing_leg WHERE id = NEW.leg_id AND payment_intent = NEW.payment_intent
  ) THEN
    RAISE EXCEPTION 'a renewal counts as the hold of its payment'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $guard$;
REVOKE ALL ON FUNCTION billing_renewal_counts() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER renewal_counts AFTER UPDATE ON billing_renewal
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_renewal_counts();
"""
BACK = """
DROP TRIGGER renewal_counts ON billing_renewal;
DROP FUNCTION billing_renewal_counts();
DROP TRIGGER keeps_its_hold ON billing_leg;
DROP FUNCTION billing_leg_keeps_its_hold();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0019_holds_renewed")]
    operations = [migrations.RunSQL(GUARDS, BACK)]
