-- Takes back every right in schema public that was given to anybody but the owners, with what was
-- passed on; what each role needs is given right after, in the same transaction. What belongs to
-- somebody else, as an extension's functions do, is theirs to give. PUBLIC keeps the use of the
-- schema and of its functions, of which those that run as the owner were closed to it one by one.
DO $$
DECLARE
  taking text;
BEGIN
  FOR taking IN
    SELECT DISTINCT format(
      'REVOKE %s ON %s FROM %s CASCADE',
      CASE WHEN grantee = 0 AND what = 'SCHEMA public' THEN 'CREATE' ELSE 'ALL' END,
      what,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
    FROM (
      SELECT relacl, relowner,
        format('%s %s', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, oid::regclass)
      FROM pg_class WHERE relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT attacl, relowner, format('TABLE %s', attrelid::regclass)
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
      WHERE relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT proacl, proowner, format('ROUTINE %s', oid::regprocedure)
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL
      SELECT nspacl, nspowner, 'SCHEMA public'
      FROM pg_namespace WHERE oid = 'public'::regnamespace
    ) AS held (rights, owner, what), aclexplode(rights)
    WHERE pg_has_role(owner, 'USAGE') AND grantee NOT IN (owner, quote_ident(current_user)::regrole)
      AND (grantee <> 0 OR what NOT LIKE 'ROUTINE %')
  LOOP
    EXECUTE taking;
  END LOOP;
END $$;
