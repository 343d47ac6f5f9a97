-- One line for each table, `table schema.name|rows|checksum`, and each sequence, `sequence schema.name|value|called`. The checksum is
-- the sum of the first eight bytes of each row's SHA-256, as the order of rows means nothing.

-- Two servers of different versions write the same values alike with these.
SET client_min_messages = warning;
SET extra_float_digits = 1;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SET bytea_output = 'hex';
SET intervalstyle = 'postgres';

SELECT CASE relkind WHEN 'S'
  THEN format('SELECT %L, last_value, is_called FROM %I.%I', 'sequence ' || nspname || '.' || relname, nspname, relname)
  ELSE format($$SELECT %L, count(*), coalesce(sum(('x' || encode(substring(sha256(convert_to(t::text, 'UTF8')) FOR 8), 'hex'))::bit(64)::bigint::numeric), 0) FROM ONLY %I.%I t$$,
    'table ' || nspname || '.' || relname, nspname, relname) END
FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'S') AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
ORDER BY nspname COLLATE "C", relname COLLATE "C" \gexec
