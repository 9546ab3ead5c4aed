-- Takes every right in schema public away from whoever it was given to but the owners, together
-- with what they passed on; what each role needs is given right after, in the same transaction.
DO $$
DECLARE
  who text;
BEGIN
  FOR who IN
    SELECT DISTINCT quote_ident(pg_get_userbyid(given.grantee))
    FROM (
      SELECT relacl, relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT attacl, relowner FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
      WHERE relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT proacl, proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL
      SELECT nspacl, nspowner FROM pg_namespace WHERE oid = 'public'::regnamespace
    ) AS held (rights, owner), aclexplode(rights) AS given
    WHERE given.grantee NOT IN (0, owner)
  LOOP
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %s CASCADE', who);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %s CASCADE', who);
    EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA public FROM %s CASCADE', who);
    EXECUTE format('REVOKE ALL ON SCHEMA public FROM %s CASCADE', who);
  END LOOP;
END $$;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
