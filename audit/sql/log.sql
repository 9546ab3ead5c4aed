-- The record's own guards. Run by the owner; running it again changes nothing.

CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'audit: % on % is refused: rows are only added', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

-- The service writes body, subject and scope; type, moment and transaction are stamped here.
CREATE OR REPLACE FUNCTION audit_stamp_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  said json;
  apart interval;
  allowed interval;
BEGIN
  IF octet_length(NEW.body) > 60000 THEN
    RAISE EXCEPTION 'audit: an entry has at most 60000 bytes' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.scope !~ '^([0-9]{2,3}|2[AB]|national)$' THEN
    RAISE EXCEPTION 'audit: unknown scope %', NEW.scope USING ERRCODE = 'check_violation';
  END IF;
  said := convert_from(NEW.body, 'UTF8')::json;
  IF said->>'v' IS DISTINCT FROM '1' OR said->>'subject' IS DISTINCT FROM NEW.subject::text THEN
    RAISE EXCEPTION 'audit: the body of an entry names its version and its subject'
      USING ERRCODE = 'check_violation';
  END IF;
  NEW.type := said->>'type';
  NEW.at := clock_timestamp();
  NEW.tx := pg_current_xact_id()::text::bigint;
  IF NOT EXISTS (SELECT FROM audit_entrytype t WHERE t.name = NEW.type) THEN
    RAISE EXCEPTION 'audit: % is not an entry type', NEW.type USING ERRCODE = 'check_violation';
  END IF;
  -- The date picks the law, so an act may not choose its own.
  apart := NEW.at - (said->>'at')::timestamptz;
  SELECT s.value::interval INTO STRICT allowed FROM audit_setting s WHERE s.name = 'tolerance';
  IF apart IS NULL OR apart > allowed OR apart < -allowed THEN
    RAISE EXCEPTION 'audit: the act says % and the clock says otherwise by %', said->>'at', apart
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION audit_queue_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_pending (entry_id) SELECT id FROM added;
  RETURN NULL;
END $$;

-- An entry leaves the queue only when it has its place.
CREATE OR REPLACE FUNCTION audit_keep_pending() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM gone WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = gone.entry_id)
  ) THEN
    RAISE EXCEPTION 'audit: an entry without a place may not leave the queue'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

-- A tile grows at its end and nowhere else.
CREATE OR REPLACE FUNCTION audit_grow_tile() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (
    NEW.level <> OLD.level OR NEW.index <> OLD.index
    OR length(NEW.hashes) <= length(OLD.hashes)
    OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes
  ) THEN
    RAISE EXCEPTION 'audit: a tile only grows' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF length(NEW.hashes) NOT BETWEEN 32 AND 8192 OR length(NEW.hashes) % 32 <> 0 THEN
    RAISE EXCEPTION 'audit: a tile has 1 to 256 hashes' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION audit_move_head() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.size <= OLD.size THEN
    RAISE EXCEPTION 'audit: the tree does not shrink' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

-- Writes the entry of a change made by code that is not ours: names of columns, no values.
CREATE OR REPLACE FUNCTION audit_note_change(
  type text, subject uuid, changed_table text, op text, columns text[]
) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  listed text;
BEGIN
  SELECT coalesce(string_agg('"' || c || '"', ',' ORDER BY c COLLATE "C"), '') INTO listed
    FROM unnest(columns) c WHERE c NOT IN ('+', '-');
  INSERT INTO audit_entry (body, subject, scope) VALUES (
    convert_to(format(
      '{"actor":{"id":"00000000-0000-0000-0000-000000000000","kind":"system"},"at":"%s",'
      '"data":{"columns":[%s],"op":"%s","table":"%s"},"subject":"%s","type":"%s","v":1}',
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      listed, lower(op), changed_table, subject, type), 'UTF8'),
    subject, 'national');
END $$;
REVOKE ALL ON FUNCTION audit_note_change(text, uuid, text, text, text[]) FROM PUBLIC;

-- Says which of the changed columns no entry of this transaction accounts for.
-- In PL/pgSQL, column by column: its plan is kept for the session, whatever their number.
CREATE OR REPLACE FUNCTION audit_unaccounted(
  changed_table text, subject uuid, columns text[], except_type text
) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  missing text;
  c text;
BEGIN
  FOREACH c IN ARRAY columns LOOP
    IF NOT EXISTS (
      SELECT FROM audit_entry e
      WHERE e.tx = pg_current_xact_id()::text::bigint AND e.subject = $2
        -- A restored database starts its transaction numbers anew.
        AND e.at >= transaction_timestamp()
        AND e.type IS DISTINCT FROM $4
        AND EXISTS (
          SELECT FROM audit_allowed a WHERE a.type = e.type AND a."table" = $1
          AND (a."column" = c OR (a."column" = '*' AND c NOT IN ('+', '-'))))
    ) THEN
      missing := concat_ws(', ', missing, c);
    END IF;
  END LOOP;
  RETURN missing;
END $$;

-- They run as the owner: nobody hangs them on a table of their own.
REVOKE ALL ON FUNCTION audit_stamp_entry(), audit_queue_entries(), audit_keep_pending()
  FROM PUBLIC;
INSERT INTO audit_setting (name, value) VALUES ('tolerance', '5 seconds') ON CONFLICT DO NOTHING;
