"""Which key goes where, and whether a project is one that this version works with."""

from __future__ import annotations

import jwt
import pytest

from tests.support.scripted_project import SESSION, USER, changed, ledger_call, owner_of
from tests.support.scripted_server import Scripted, ScriptedServer
from workbench.errors import StoreKeyRefused, StoreNotMigrated, StoreUnavailable, Unauthorized
from workbench.settings import Settings
from workbench.store import open_store
from workbench.store.protocol import Owner
from workbench.store.supabase.connection import Connection, Face
from workbench.store.supabase.store import SCHEMA_VERSION, SupabaseStore

ANON = jwt.encode({"role": "anon", "iss": "supabase"}, "x" * 32)
SERVICE_ROLE = jwt.encode({"role": "service_role", "iss": "supabase"}, "x" * 32)


def test_what_dead_tasks_left_behind_is_nothing_that_the_store_tells(project_settings: Settings) -> None:
    store = SupabaseStore(project_settings)
    assert store.orphans is None
    store.close()


class TestKeys:
    @pytest.mark.parametrize("key", ["sb_publishable_1", ANON])
    def test_a_user_is_told_by_the_publishable_key_and_the_token(
        self, project: ScriptedServer, project_settings: Settings, key: str
    ) -> None:
        store = SupabaseStore(changed(project_settings, supabase_publishable_key=key))
        project.will_answer(Scripted(body=[SESSION]))
        assert owner_of(store).session(SESSION["id"]).name == "flights"
        store.close()
        (asked,) = project.asked
        assert (asked.headers["apikey"], asked.headers["authorization"]) == (key, "Bearer token-of-ana")

    @pytest.mark.parametrize("key", ["sb_secret_1", SERVICE_ROLE])
    def test_the_service_is_told_by_the_secret_key(
        self, project: ScriptedServer, project_settings: Settings, key: str
    ) -> None:
        store = SupabaseStore(changed(project_settings, supabase_secret_key=key))
        project.will_answer(Scripted(body=[]))
        ledger_call(store)
        store.close()
        (asked,) = project.asked
        assert (asked.headers["apikey"], asked.headers["authorization"]) == (key, f"Bearer {key}")

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("supabase_publishable_key", "sb_secret_1"),
            ("supabase_publishable_key", SERVICE_ROLE),
            ("supabase_secret_key", "sb_publishable_1"),
            ("supabase_secret_key", ANON),
            ("supabase_secret_key", "no key at all"),
        ],
    )
    def test_a_key_of_the_wrong_kind_is_refused_before_anything_is_sent(
        self, project: ScriptedServer, project_settings: Settings, name: str, key: str
    ) -> None:
        with pytest.raises(StoreKeyRefused) as error:
            open_store(changed(project_settings, **{name: key}))
        assert error.value.hint
        assert key not in str(error.value.to_dict())
        assert project.asked == []

    def test_each_key_is_needed_for_its_face_only(
        self, project: ScriptedServer, project_settings: Settings
    ) -> None:
        project.will_answer(Scripted(body=[]))
        for_users = SupabaseStore(changed(project_settings, supabase_secret_key=None))
        for_workers = SupabaseStore(changed(project_settings, supabase_publishable_key=""))
        owner_of(for_users).sessions()
        ledger_call(for_workers)
        with pytest.raises(StoreKeyRefused, match="SUPABASE_SECRET_KEY is not set"):
            ledger_call(for_users)
        with pytest.raises(StoreKeyRefused, match="SUPABASE_SECRET_KEY is not set"):
            _ = for_users.blobs
        with pytest.raises(StoreKeyRefused, match="SUPABASE_PUBLISHABLE_KEY is not set"):
            owner_of(for_workers)
        for store in (for_users, for_workers):
            project.will_answer(Scripted(body=SCHEMA_VERSION))
            store.ping()
            store.close()

    def test_a_user_without_a_token_is_nobody(self, project_store: SupabaseStore) -> None:
        with pytest.raises(Unauthorized):
            project_store.as_owner(Owner(USER))

    def test_keys_and_tokens_are_in_no_representation(self, project: ScriptedServer) -> None:
        face = Face(Connection(project.url), "sb_secret_1", "token-of-ana")
        assert "sb_secret_1" not in repr(face)
        assert "token-of-ana" not in repr(face)


class TestPing:
    def test_the_version_of_the_tables_is_this_codes_as_each_key_that_is_set_finds(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        project.will_answer(Scripted(body=SCHEMA_VERSION), Scripted(body=SCHEMA_VERSION))
        project_store.ping()
        assert {(asked.method, asked.path) for asked in project.asked} == {
            ("POST", "/rest/v1/rpc/schema_version")
        }
        keys = [asked.headers["apikey"] for asked in project.asked]
        assert [key.rpartition("_")[0] for key in keys] == ["sb_publishable", "sb_secret"]

    @pytest.mark.parametrize(
        ("version", "todo"), [(SCHEMA_VERSION - 1, "supabase db push"), (SCHEMA_VERSION + 1, "Upgrade")]
    )
    def test_another_version_says_which_side_is_older(
        self, project: ScriptedServer, project_store: SupabaseStore, version: int, todo: str
    ) -> None:
        project.will_answer(Scripted(body=version))
        with pytest.raises(StoreNotMigrated) as error:
            project_store.ping()
        assert str(version) in error.value.message
        assert todo in error.value.hint

    def test_a_project_without_our_functions_is_not_migrated(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        missing = "Could not find the function public.schema_version without parameters in the schema cache"
        project.will_answer(Scripted(404, {"code": "PGRST202", "message": missing}))
        with pytest.raises(StoreNotMigrated) as error:
            project_store.ping()
        assert "supabase db push" in error.value.hint
        assert len(project.asked) == 1

    @pytest.mark.parametrize(
        "answer", [Scripted(body=b"<html>welcome</html>"), Scripted(404, b"nothing here")]
    )
    def test_what_is_no_project_is_told_so(
        self, project: ScriptedServer, project_store: SupabaseStore, answer: Scripted
    ) -> None:
        project.will_answer(answer)
        with pytest.raises(StoreUnavailable, match="SUPABASE_URL"):
            project_store.ping()

    @pytest.mark.parametrize("url", ["", "abc.supabase.co", "ftp://abc", "https://"])
    def test_an_address_that_is_none_is_refused(self, project_settings: Settings, url: str) -> None:
        with pytest.raises(StoreUnavailable, match="SUPABASE_URL"):
            SupabaseStore(changed(project_settings, supabase_url=url, store="supabase"))
