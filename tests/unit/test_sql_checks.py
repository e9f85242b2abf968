"""Which SELECTs of a team's file are let through, and what is said about the others."""

from __future__ import annotations

import pytest

from reportkit.datasets.sql_checks import Fault, checked

BOTH = ("postgresql", "sqlite")
POSTGRESQL = ("postgresql",)
SQLITE = ("sqlite",)


def cases(*table: tuple[tuple[str, ...], str, str]) -> list[tuple[str, str, str]]:
    return [(database, sql, said) for databases, sql, said in table for database in databases]


@pytest.mark.parametrize(
    ("database", "sql", "said"),
    cases(
        (BOTH, "", "nothing stands under the declaration"),
        (BOTH, "-- only a comment\n;", "nothing stands under the declaration"),
        *[
            (BOTH, sql, "this is not a SELECT")
            for sql in (
                "DELETE FROM users",
                "INSERT INTO users SELECT 1",
                "UPDATE users SET role = 'admin'",
                "MERGE INTO users USING t ON true WHEN MATCHED THEN DELETE",
                "DROP TABLE users",
                "CREATE TABLE t AS SELECT 1",
                "TRUNCATE users",
                "COPY users TO '/tmp/users'",
                "GRANT ALL ON users TO public",
                "EXPLAIN ANALYZE DELETE FROM users",
                "PRAGMA query_only = OFF",
                "ATTACH 'other.db' AS other",
                "VACUUM",
                "BEGIN",
                "SET role TO postgres",
                "SHOW ALL",
                "CALL mend()",
                "DO 'BEGIN END'",
                "LOCK TABLE users",
                "VALUES (1)",
                "TABLE users",
                "selection",
                "'SELECT 1'",
            )
        ],
        (BOTH, "SELECT 1; SELECT 2", "more than one statement"),
        (BOTH, "SELECT 1; DROP TABLE users", "more than one statement"),
        (BOTH, "SELECT ';'; COMMIT", "more than one statement"),
        (BOTH, 'SELECT 1 AS "it\'s"; COMMIT', "more than one statement"),
        (BOTH, "SELECT 'it''s'; COMMIT", "more than one statement"),
        (BOTH, "SELECT 1 /* ; */ ; COMMIT", "more than one statement"),
        (BOTH, "SELECT 'a\\'; COMMIT; SELECT '", "more than one statement"),
        (BOTH, "SELECT 1) AS file; COMMIT; SELECT (1", "more than one statement"),
        (BOTH, "SELECT 1) AS file, (SELECT 2", "cannot be read"),
        (BOTH, "WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone", "DELETE changes or locks rows"),
        (BOTH, "WITH new AS (INSERT INTO t SELECT 1 RETURNING *) SELECT * FROM new", "INSERT changes or locks rows"),
        (BOTH, "WITH new AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM new", "UPDATE changes or locks rows"),
        (BOTH, "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "INSERT changes or locks rows"),
        (BOTH, "WITH x AS (SELECT 1) DELETE FROM t", "DELETE changes or locks rows"),
        (POSTGRESQL, "SELECT * FROM (WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x) AS y", "DELETE changes"),
        (BOTH, "SELECT * INTO copied FROM users", "INTO changes or locks rows"),
        (POSTGRESQL, "SELECT * FROM users FOR UPDATE", "FOR changes or locks rows"),
        (POSTGRESQL, "SELECT * FROM users FOR NO KEY UPDATE SKIP LOCKED", "FOR changes or locks rows"),
        (POSTGRESQL, "SELECT * FROM users FOR SHARE OF users", "FOR changes or locks rows"),
        (POSTGRESQL, "SELECT * FROM users FOR KEY SHARE", "FOR changes or locks rows"),
        *[
            (POSTGRESQL, sql, "reaches beyond the rows of one query")
            for sql in (
                "SELECT current_setting('reportkit.inner_key')",
                "SELECT pg_catalog.current_setting('reportkit.inner_key')",
                "SELECT \"current_setting\"('reportkit.inner_key')",
                "SELECT CURRENT_SETTING ('reportkit.inner_key')",
                "SELECT current_setting/* */('reportkit.inner_key')",
                "SELECT current_setting -- the key\n ('reportkit.inner_key')",
                "SELECT set_config('transaction_read_only', 'off', true)",
                "SELECT setting FROM pg_settings",
                "SELECT * FROM pg_catalog.pg_file_settings",
                "SELECT * FROM pg_show_all_settings()",
                "SELECT * FROM pg_authid",
                "SELECT query FROM pg_stat_activity",
                'SELECT * FROM "pg_stat_activity"',
                "SELECT pg_terminate_backend(pid) FROM backends",
                "SELECT pg_cancel_backend(1)",
                "SELECT pg_sleep(1)",
                "SELECT pg_advisory_lock(1)",
                "SELECT pg_notify('a', 'b')",
                "SELECT pg_read_file('/etc/passwd')",
                "SELECT pg_ls_dir('/')",
                "SELECT lo_import('/etc/passwd')",
                "SELECT lo_export(1, '/tmp/x')",
                "SELECT loread(1, 2)",
                "SELECT * FROM dblink('host=elsewhere', 'SELECT 1') AS t(a int)",
                "SELECT dblink_exec('DROP TABLE users')",
                "SELECT nextval('ids')",
                "SELECT setval('ids', 1)",
                "SELECT lastval()",
                "SELECT current_query()",
                "SELECT query_to_xml('SELECT 1', true, true, '')",
                "SELECT table_to_xml('users', true, true, '')",
                "SELECT database_to_xml_and_xmlschema(true, true, '')",
                "SELECT * FROM ts_stat('SELECT vector FROM apod')",
                "SELECT ts_rewrite('a'::tsquery, 'SELECT t, s FROM aliases')",
                "SELECT * FROM crosstab('SELECT 1')",
                "SELECT 'a' || (SELECT x FROM (SELECT current_setting('b') AS x) AS y)",
            )
        ],
        *[
            (SQLITE, sql, "reaches beyond the rows of one query")
            for sql in (
                "SELECT load_extension('evil.so')",
                "SELECT readfile('/etc/passwd')",
                "SELECT writefile('/tmp/x', 'y')",
                "SELECT edit('x')",
                "SELECT fts3_tokenizer('x')",
                "SELECT * FROM pragma_database_list()",
                "SELECT file FROM pragma_database_list",
                "SELECT reportkit_pseudonym('ann@example.com')",
            )
        ],
        (POSTGRESQL, "SELECT $1", "'$' cannot be used here: there are no parameters"),
        (POSTGRESQL, "SELECT $$a$$", "'$' cannot be used here"),
        (POSTGRESQL, "SELECT a$$ FROM t) AS file; COMMIT; SELECT (b$$", "more than one statement"),
        (POSTGRESQL, "SELECT a$$, pg_sleep(1), b$$ FROM t", "'$' cannot be used here"),
        (POSTGRESQL, "SELECT E'it\\'s'", "'E' cannot be used here"),
        (POSTGRESQL, 'SELECT U&"\\0070g_sleep"(1)', "'U&' cannot be used here"),
        (POSTGRESQL, "SELECT U&'\\0061'", "'U&' cannot be used here"),
        (SQLITE, "SELECT ?", "'?' cannot be used here"),
        (SQLITE, "SELECT ?1", "'?' cannot be used here"),
        (SQLITE, "SELECT :name", "':' cannot be used here"),
        (SQLITE, "SELECT @name", "'@' cannot be used here"),
        (SQLITE, "SELECT $name", "'$' cannot be used here"),
        (SQLITE, "SELECT [it's]", "'[' cannot be used here"),
        (SQLITE, "SELECT `a` FROM t", "'`' cannot be used here"),
        (BOTH, "SELECT 'a\0b'", "NUL character"),
        (BOTH, "SELECT 1 /* a /* b */ c */", "a comment begins within this comment"),
        (BOTH, "SELECT 'open", "see whether every quote and comment in it is closed"),
        (BOTH, "SELECT 1 /* open", "see whether every quote and comment in it is closed"),
        (BOTH, "SELECT (1", "cannot be read near"),
        (BOTH, "SELECT FROM WHERE", "cannot be read near"),
    ),
)
def test_what_is_not_one_select_that_only_reads_rows_is_refused(database: str, sql: str, said: str) -> None:
    with pytest.raises(Fault) as fault:
        checked(sql, database)
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("database", "sql"),
    [
        (database, sql)
        for databases, several in (
            (
                BOTH,
                [
                    "SELECT 'delete from users; drop table users' AS a",
                    "SELECT 'a;b' AS a, 'it''s; so' AS b",
                    'SELECT 1 AS "a;b $ (odd) ?"',
                    "SELECT 'pg_sleep(1) and current_setting(x)' AS a",
                    "SELECT 1 AS a -- current_setting('x'); drop table users",
                    "SELECT /* update; delete */ 1 AS a",
                    "SELECT '12:30' AS a, ':name' AS b, '?' AS c, '100%' AS d, '$.a' AS e",
                    "SELECT updated_at, deleted, edit, setting FROM t WHERE action LIKE '%delete%'",
                    "SELECT lo_bound, nextval, intox FROM t",
                    "WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a) SELECT x FROM b",
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n",
                    "WITH t(a) AS (VALUES (1), (2)) SELECT a FROM t",
                    "SELECT 1 AS a UNION ALL SELECT 2 UNION SELECT 3 EXCEPT SELECT 4",
                    "(SELECT 1 AS a)",
                    "SELECT a, row_number() OVER (PARTITION BY b ORDER BY c ROWS UNBOUNDED PRECEDING) AS n FROM t",
                    "SELECT count(*) FILTER (WHERE a) AS n FROM t GROUP BY b HAVING count(*) > 1",
                    "SELECT a FROM t ORDER BY b DESC NULLS LAST LIMIT 5 OFFSET 2",
                    "SELECT payload ->> '$.a' AS a, payload -> 'b' AS b FROM t",
                    "SELECT CASE WHEN a LIKE '50!%' ESCAPE '!' THEN 1 END AS a FROM t",
                    "SELECT a FROM t WHERE b LIKE 'x\\%' ESCAPE '\\'",
                    "SELECT 'ünïcödé ☃' AS a",
                    "select 1 as a\n;\n;  -- the end",
                ],
            ),
            (
                POSTGRESQL,
                [
                    "SELECT a::date, b::numeric(10, 2)::text FROM t WHERE c::time < '12:30'::time",
                    "SELECT x[1:2], ARRAY['a', 'b'] FROM t",
                    "SELECT payload ? 'a' AS a, payload ?| ARRAY['b'] AS b, payload @> '{\"c\": 1}' AS c FROM t",
                    "SELECT payload #>> '{a,b}' AS a, payload @? '$.a[*] ? (@ > 1)' AS b FROM t",
                    "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b",
                    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS m FROM t",
                    "SELECT a FROM t, LATERAL (SELECT b FROM s WHERE s.c = t.c LIMIT 1) AS u",
                    "SELECT n FROM generate_series(1, 10) AS n",
                    "SELECT interval '1 day' AS a, now() AT TIME ZONE 'UTC' AS b, date '2026-01-01' AS c",
                    "SELECT a FROM t WHERE b ~ '^\\d+$' AND c ILIKE 'x%'",
                    "SELECT extract(epoch FROM a) AS a, a IS NOT DISTINCT FROM b AS b FROM t",
                    "SELECT a % 2 AS odd FROM t",
                ],
            ),
            (
                SQLITE,
                [
                    "SELECT json_extract(payload, '$.a') AS a FROM t, json_each(t.payload)",
                    "SELECT strftime('%Y-%m', a) AS month, date(a, '+1 day') AS next FROM t",
                    "SELECT a FROM t WHERE b GLOB 'x*' AND c IS NOT d",
                    "SELECT group_concat(a, '; ') AS a FROM t",
                ],
            ),
        )
        for sql in several
        for database in databases
    ],
)
def test_whatever_only_reads_rows_is_let_through_as_it_was_written(database: str, sql: str) -> None:
    statement = checked(sql, database).sql
    assert sql.startswith(statement)
    assert ";" not in sql.removeprefix(statement).partition("--")[0].replace(";", "", 2)


def test_comments_and_semicolons_around_it_are_no_part_of_the_statement() -> None:
    text = "-- title = 'x'\n\n/* before */ SELECT /* within */ 1 AS a\n; -- after"
    statement = checked(text, "sqlite")
    assert (statement.sql, statement.line) == ("SELECT /* within */ 1 AS a", 3)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("-- a\n\nSELECT 1,\n  2;\nSELECT 3", 4),
        ("-- a\n\nSELECT '\n\n',\n  pg_sleep(1)", 6),
        ("-- a\n\nSELECT 1\nFROM t\nWHERE AND", 5),
        ("-- a\n\nWITH x AS (\n  DELETE FROM t RETURNING *)\nSELECT * FROM x", 4),
        ("-- a\n-- b\n", 2),
        ("-- a\n\nSELECT 'open\n", 3),
    ],
)
def test_a_fault_names_its_line_in_the_file(text: str, line: int) -> None:
    with pytest.raises(Fault, match=f"^line {line}: "):
        checked(text, "postgresql")


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ('SELECT a, t.b, c AS D, "e" FROM t', ("a", "b", "d", "e")),
        ("SELECT a AS x FROM t UNION SELECT b FROM t", ("x",)),
        ("WITH t AS (SELECT 1 AS inner_name) SELECT inner_name AS x FROM t", ("x",)),
        ("SELECT count(*) AS n, 1 + 1 FROM t", ("n", "")),
        ("SELECT *, 1 AS a FROM t", None),
        ("SELECT t.* FROM t", None),
    ],
)
def test_the_names_of_its_columns_are_known_unless_there_is_a_star(sql: str, names: tuple[str, ...] | None) -> None:
    for database in BOTH:
        assert checked(sql, database).names == names
