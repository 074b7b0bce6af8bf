-- Who did what and why: append-only, each row chained to the one before it by its hash (docs/audit.md).
CREATE TABLE audit_entry (
  -- 1, 2, 3, ... without a gap.
  sequence bigint PRIMARY KEY,
  -- As in the entry; for reading from a time on.
  at timestamptz NOT NULL,
  -- The canonical JSON that was hashed, to the byte.
  entry text NOT NULL CHECK ((entry::json) IS NOT NULL),
  -- Of the row before; 32 zero bytes in the first.
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  -- SHA-256 of previous_hash followed by the UTF-8 of entry.
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);

-- The end of the chain, in one row: writers take turns at it, and rows cut off the end are missed.
CREATE TABLE audit_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- 0 while there is no entry.
  sequence bigint NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL
);
INSERT INTO audit_head (sequence, previous_hash, hash)
VALUES (0, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'));

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: the audit trail is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- The end moves forward by one entry at a time.
CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_head
  FOR EACH ROW WHEN (NEW.sequence <> OLD.sequence + 1 OR NEW.previous_hash <> OLD.hash)
  EXECUTE FUNCTION refuse_audit_change();
