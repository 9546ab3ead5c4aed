-- The guard of one table; the words between @ are filled in by the governance generator.
CREATE OR REPLACE FUNCTION "audit_guard_@table@"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $guard$
DECLARE
  r public."@table@"%ROWTYPE;
  of uuid;
  columns text[] := '{}';
  missing text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    columns := '{+}';
    r := NEW;
  ELSIF TG_OP = 'DELETE' THEN
    columns := '{-}';
    r := OLD;
  ELSE
@changes@
    IF columns = '{}' THEN
      RETURN NULL;
    END IF;
    r := OLD;
    of := @subject@;
    r := NEW;
    IF of IS DISTINCT FROM @subject@ THEN
      RAISE EXCEPTION 'audit: a row of @table@ keeps its subject'
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  of := @subject@;
@demand@
  RETURN NULL;
END $guard$;
REVOKE ALL ON FUNCTION "audit_guard_@table@"() FROM PUBLIC;
DROP TRIGGER IF EXISTS audit_guard ON "@table@";
CREATE CONSTRAINT TRIGGER audit_guard AFTER INSERT OR UPDATE OR DELETE ON "@table@"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "audit_guard_@table@"();
ALTER TABLE "@table@" ENABLE ALWAYS TRIGGER audit_guard;
