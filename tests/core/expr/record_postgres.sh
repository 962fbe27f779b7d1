#!/bin/bash
# Writes PostgreSQL's own answers into postgres_cases.txt: run by hand after adding expressions there.
#
#   tests/core/expr/record_postgres.sh      needs initdb, postgres and psql of PostgreSQL 15 on the PATH
#
# It starts a server of its own on a socket in a temporary folder (as `nobody` where root runs it, which PostgreSQL
# refuses to), asks it every expression of the file, and stops it. The tests only read the file.
set -euo pipefail
cases=$(cd "$(dirname "$0")" && pwd)/postgres_cases.txt
work=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
  chown nobody "$work"
  as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
"${as[@]}" initdb -D "$work/data" -U blox --locale=C.UTF-8 --encoding=UTF8 >"$work/initdb.log"
"${as[@]}" postgres -D "$work/data" -k "$work" -c listen_addresses= >"$work/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
until psql -h "$work" -U blox -d postgres -c 'SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" || { cat "$work/server.log"; exit 1; }
done

{
  cat <<'SQL'
SET TimeZone = 'UTC';
CREATE TEMP TABLE fields AS SELECT * FROM (VALUES (
  7::int8, -3::int8, 0::int8, NULL::int8, 2.5::float8, -0.5::float8, 'NaN'::float8, 'Infinity'::float8, NULL::float8,
  'hello'::text, 'Grüße, 世界'::text, ''::text, NULL::text, true, NULL::bool,
  '2026-02-17 10:23:45.678901+00'::timestamptz, NULL::timestamptz,
  '{"a": [1, "x", null], "b": {"c": 2.5}, "d": true}'::jsonb, '\x00ff41'::bytea)) AS
  f(i, j, zero, i_null, f, g, nan, inf, f_null, s, u, empty, s_null, b, b_null, t, t_null, doc, raw);
CREATE FUNCTION pg_temp.answer(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE 'SELECT (' || expression || ')::text FROM fields' INTO result;
  RETURN coalesce('= ' || result, 'NULL');
EXCEPTION WHEN OTHERS THEN
  RETURN '! ' || SQLSTATE;
END $$;
SQL
  # shellcheck disable=SC2016  # $pg$ quotes for PostgreSQL
  sed -n '/^[^# ]/{s/^/SELECT pg_temp.answer($pg$/;s/$/$pg$);/;p}' "$cases"
} | psql -h "$work" -U blox -d postgres -AtqX >"$work/answers"

awk -v answers="$work/answers" '
  /^  / { next }
  { print }
  /^[^# ]/ { getline answer <answers; print "  " answer }
' "$cases" >"$work/new"
cat "$work/new" >"$cases"
