"""What is in the database is decided: who may use it, what it is for, how it is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.supabase.expectations import CALLERS, DENIED, FUNCTIONS, ROWS, TABLES
from tests.support.postgres import Caller, Postgres

_ROLES = {"anon": ("anon",), "authenticated": ("owner", "other"), "service_role": ("service",)}
_OURS = "('public', 'workbench')"


@pytest.fixture(scope="module")
def admin(postgres: Postgres) -> Iterator[Caller]:
    with postgres.database() as database:
        yield database.admin


def test_each_table_has_its_expectations_and_row_level_security(admin: Caller) -> None:
    found = admin.rows(
        "select oid::regclass::text, relrowsecurity from pg_class"
        f" where relnamespace::regnamespace::text in {_OURS} and relkind in ('r', 'p', 'v', 'm', 'f')"
        " order by 1"
    )
    assert found == sorted(
        (name.removeprefix("public."), True) for name in TABLES if name.startswith("public.")
    )


@pytest.mark.parametrize("role", _ROLES)
def test_no_role_holds_a_privilege_that_it_does_not_need(admin: Caller, role: str) -> None:
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
    held = admin.rows(
        "select oid::regclass::text, kind from pg_class, unnest(%s::text[]) as kind"
        f" where relnamespace::regnamespace::text in {_OURS} and relkind = 'r'"
        " and has_table_privilege(%s, oid, kind)",
        list(kinds),
        role,
    )
    expected = {
        (table.removeprefix("public."), operation.upper())
        for table, operations in TABLES.items()
        for operation, outcomes in operations.items()
        if table.startswith("public.")
        and ROWS in (outcomes[CALLERS.index(caller)] for caller in _ROLES[role])
    }
    assert set(held) == expected


@pytest.mark.parametrize("role", _ROLES)
def test_sequences_and_helpers_are_nobodys(admin: Caller, role: str) -> None:
    assert admin.rows(
        "select count(*) filter (where has_sequence_privilege(%s, oid, 'USAGE, SELECT, UPDATE')) = 0"
        " and count(*) > 0"
        f" from pg_class where relnamespace::regnamespace::text in {_OURS} and relkind = 'S'",
        role,
    ) == [(True,)]
    assert admin.rows("select has_schema_privilege(%s, 'workbench', 'USAGE, CREATE')", role) == [(False,)]
    assert (
        admin.rows(
            "select proname from pg_proc where pronamespace = 'workbench'::regnamespace"
            " and has_function_privilege(%s, oid, 'EXECUTE')",
            role,
        )
        == []
    )


def test_each_function_has_its_expectations(admin: Caller) -> None:
    found = admin.rows("select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1")
    assert [name for (name,) in found] == sorted(FUNCTIONS)


@pytest.mark.parametrize("role", _ROLES)
def test_functions_are_granted_to_who_uses_them(admin: Caller, role: str) -> None:
    found = admin.rows(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and has_function_privilege(%s, oid, 'EXECUTE')",
        role,
    )
    used = {
        name
        for name, expected in FUNCTIONS.items()
        if any(getattr(expected, caller) != DENIED for caller in _ROLES[role])
    }
    assert {name for (name,) in found} == used


def test_no_function_looks_names_up_where_others_could_put_theirs(admin: Caller) -> None:
    assert (
        admin.rows(
            f"select proname from pg_proc where pronamespace::regnamespace::text in {_OURS}"
            " and proconfig is distinct from array['search_path=\"\"']"
        )
        == []
    )


def test_only_what_must_runs_as_its_owner(admin: Caller) -> None:
    found = dict(
        admin.rows("select proname, prosecdef from pg_proc where pronamespace = 'public'::regnamespace")
    )
    reads = {"node_path", "session_state", "blob_keys", "schema_version"}
    assert {name for name, definer in found.items() if not definer} == reads
    assert (
        admin.rows("select proname from pg_proc where pronamespace = 'workbench'::regnamespace and prosecdef")
        == []
    )


def test_tables_and_functions_say_what_they_are_for(admin: Caller) -> None:
    assert (
        admin.rows(
            f"select oid::regclass::text from pg_class where relnamespace::regnamespace::text in {_OURS}"
            " and relkind = 'r' and obj_description(oid, 'pg_class') is null"
            " union all"
            f" select oid::regprocedure::text from pg_proc where pronamespace::regnamespace::text in {_OURS}"
            " and obj_description(oid, 'pg_proc') is null"
        )
        == []
    )


def test_policies_are_for_signed_in_users(admin: Caller) -> None:
    found = admin.rows("select tablename, roles::text, permissive from pg_policies order by 1")
    assert {(roles, permissive) for _, roles, permissive in found} == {("{authenticated}", "PERMISSIVE")}
    ours = {table.partition(".")[2] for table in TABLES}
    assert {table for table, _, _ in found} == ours


def test_what_is_not_ours_is_as_it_was(admin: Caller) -> None:
    """Migrations may add policies to storage.objects; they may not alter what Supabase owns."""
    owners = admin.rows(
        "select distinct relowner::regrole::text, relrowsecurity from pg_class"
        " where relnamespace = 'storage'::regnamespace and relkind = 'r'"
    )
    assert owners == [("supabase_storage_admin", True)]
    bucket = admin.rows("select id, name, public from storage.buckets")
    assert bucket == [("workbench", "workbench", False)]
