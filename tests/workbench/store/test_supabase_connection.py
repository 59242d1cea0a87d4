"""The way to a Supabase project: keys, repetitions, deadlines, forks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap

import httpx
import pytest

from tests.contract.store.races import at_once
from tests.support.scripted_project import SESSION, USER, changed, ledger_call, owner_of, refusal
from tests.support.scripted_server import BREAK_OFF, STALL, Scripted, ScriptedServer
from workbench.errors import (
    InternalError,
    LeaseLost,
    SessionNotFound,
    StoreUnavailable,
    TooManyTasks,
)
from workbench.ids import new_id
from workbench.models import TaskState
from workbench.settings import Settings
from workbench.store.protocol import ClaimOutcome, NewTask
from workbench.store.supabase.connection import Connection, Face
from workbench.store.supabase.store import SupabaseStore

QUICK = httpx.Timeout(connect=5, read=0.2, write=5, pool=0.2)
BUSY = Scripted(503, {"code": "PGRST001", "message": "no connection", "details": None, "hint": None})


class TestRepetition:
    @pytest.mark.parametrize(
        "trouble", [BUSY, BREAK_OFF, Scripted(502, b"<html>"), Scripted(429), Scripted(504)]
    )
    def test_reads_and_functions_are_called_again(
        self, project: ScriptedServer, project_store: SupabaseStore, trouble: Scripted
    ) -> None:
        project.will_answer(trouble, trouble, Scripted(body=[SESSION]))
        assert owner_of(project_store).sessions().items[0].id == SESSION["id"]
        assert len(project.asked) == 3
        project.will_answer(trouble, Scripted(body=SESSION))
        assert owner_of(project_store).create_session("flights").id == SESSION["id"]
        first, second = project.asked
        assert first.body["p_id"] == second.body["p_id"]

    def test_what_the_library_builds_is_sent_once_and_answered_with_its_status(
        self, project: ScriptedServer
    ) -> None:
        """The library documents no such way: an upgrade that closes it shows here."""
        face = Face(Connection(project.url, retry_seconds=0), "sb_secret_1")
        project.will_answer(BUSY)
        with pytest.raises(StoreUnavailable) as raised:
            face.rows(face.table("sessions").select("id,name").eq("owner", USER).limit(2))
        assert raised.value.details["status"] == 503
        [asked] = project.asked
        query = httpx.URL(asked.path)
        assert (asked.method, query.path) == ("GET", "/rest/v1/sessions")
        assert dict(query.params) == {"select": "id,name", "owner": f"eq.{USER}", "limit": "2"}
        project.will_answer(refusal(404, "session_not_found"))
        assert face.call("rename_session", p_name="delays").refused == "session_not_found"
        [asked] = project.asked
        assert (asked.method, asked.path) == ("POST", "/rest/v1/rpc/rename_session")
        assert asked.body == {"p_name": "delays"}
        face.connection.close()

    @pytest.mark.parametrize("code", ["40001", "40P01"])
    def test_transactions_at_odds_are_repeated(
        self, project: ScriptedServer, project_store: SupabaseStore, code: str
    ) -> None:
        project.will_answer(Scripted(500, {"code": code, "message": "deadlock"}), Scripted(body=[]))
        assert ledger_call(project_store) == []

    @pytest.mark.parametrize("answer", [refusal(404, "session_not_found"), Scripted(500, {"code": "XX000"})])
    def test_what_would_fail_again_is_not_repeated(
        self, project: ScriptedServer, project_store: SupabaseStore, answer: Scripted
    ) -> None:
        project.will_answer(answer)
        with pytest.raises((SessionNotFound, StoreUnavailable)):
            owner_of(project_store).rename_session(SESSION["id"], "delays")
        assert len(project.asked) == 1

    @pytest.mark.parametrize(
        ("said", "shown"),
        [("The session has as many", "The session has 200"), ("The user has as many", "1,000 of your")],
    )
    def test_one_task_too_many_is_an_answer_and_no_outage(
        self, project: ScriptedServer, project_store: SupabaseStore, said: str, shown: str
    ) -> None:
        project.will_answer(refusal(429, "too_many_tasks", said))
        with pytest.raises(TooManyTasks, match=shown):
            owner_of(project_store).submit_task(NewTask(new_id(), "test_task", {}))
        assert len(project.asked) == 1

    def test_claims_and_moves_are_told_from_others_by_an_id_of_the_call(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        taken = {"outcome": "taken", "fence": 0, "task": None, "next_task": None, "inputs": None}
        project.will_answer(BREAK_OFF, Scripted(body=taken))
        for _ in range(2):
            answer = project_store.ledger.claim_task(new_id(), worker="w", lease_seconds=30, max_attempts=3)
            assert answer.outcome is ClaimOutcome.TAKEN
        ids = [asked.body["p_claim"] for asked in project.asked]
        assert ids[0] == ids[1] != ids[2]

    def test_a_deletion_whose_answer_was_lost_is_a_success(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        project.will_answer(BREAK_OFF, refusal(404, "session_not_found"))
        owner_of(project_store).delete_session(SESSION["id"])
        project.will_answer(refusal(404, "session_not_found"))
        with pytest.raises(SessionNotFound):
            owner_of(project_store).delete_session(SESSION["id"])

    def test_a_submission_whose_answer_was_lost_is_no_repetition(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        new = NewTask(new_id(), "test_task", {})
        row = {
            "id": new.id,
            "owner": USER,
            "session_id": None,
            "kind": "test_task",
            "queue": "interactive",
            "payload": {},
            "status": "PENDING",
            "attempts": 0,
            "cancel_requested": False,
            "result": None,
            "error": None,
            "started_at": None,
            "finished_at": None,
            "created_at": SESSION["created_at"],
        }
        there = Scripted(body={"task": row, "repeated": True})
        project.will_answer(BREAK_OFF, there)
        assert not owner_of(project_store).submit_task(new).repeated
        project.will_answer(there)
        assert owner_of(project_store).submit_task(new).repeated

    def test_there_is_an_end_to_it(self, project: ScriptedServer, project_settings: Settings) -> None:
        store = SupabaseStore(project_settings, retry_seconds=0.3)
        project.will_answer(BUSY)
        with pytest.raises(StoreUnavailable, match="503") as error:
            ledger_call(store)
        store.close()
        assert error.value.details["supabase"] == "PGRST001"
        assert len(project.asked) > 1


class TestSilence:
    def test_a_project_that_does_not_answer_in_time(
        self, project: ScriptedServer, project_settings: Settings
    ) -> None:
        store = SupabaseStore(project_settings, timeout=QUICK, retry_seconds=0)
        project.will_answer(STALL)
        with pytest.raises(StoreUnavailable, match="does not answer in time") as error:
            owner_of(store).sessions()
        assert project.url in error.value.message
        assert "token-of-ana" not in str(error.value.to_dict())
        store.close()

    def test_a_port_where_nobody_listens(self, project_settings: Settings) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        store = SupabaseStore(changed(project_settings, supabase_url=url), retry_seconds=0)
        for call in (store.ping, owner_of(store).sessions, lambda: ledger_call(store)):
            with pytest.raises(StoreUnavailable, match="cannot be reached") as error:
                call()
            assert "SUPABASE_URL" in error.value.hint
        store.close()

    def test_a_connection_that_breaks_off(self, project: ScriptedServer, project_settings: Settings) -> None:
        store = SupabaseStore(project_settings, retry_seconds=0)
        project.will_answer(BREAK_OFF)
        with pytest.raises(StoreUnavailable, match="broke off"):
            store.ping()
        store.close()


class TestValues:
    def test_times_are_utc_whatever_the_database_writes(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        project.will_answer(Scripted(body=[SESSION]))
        session = owner_of(project_store).session(SESSION["id"])
        for moment in (session.created_at, session.updated_at):
            assert moment.isoformat() == "2026-03-01T12:00:00.500000+00:00"

    def test_numbers_keep_their_digits_and_their_type(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        """What Supabase Lite cannot show: it reads JSON as JavaScript does; PostgREST passes the text on."""
        numbers = {"whole": 2**62 + 1, "float": 1.0, "small": 5e-324, "minus": -0.0}
        project.will_answer(refusal(409, "lease_lost"))
        with pytest.raises(LeaseLost):
            project_store.ledger.finish_task(new_id(), 1, TaskState.SUCCESS, result=numbers)
        assert repr(project.asked[0].body["p_result"]) == repr(numbers)
        body = b'[{"n": 4611686018427387905, "f": 1.0, "m": -0.0}]'
        project.will_answer(Scripted(body=body))
        face = Face(Connection(project.url), "sb_secret_1")
        rows = face.rows(face.table("tasks").select("*"))
        assert repr(rows) == "[{'n': 4611686018427387905, 'f': 1.0, 'm': -0.0}]"
        face.connection.close()

    def test_ids_that_are_none_are_not_asked_for(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        for id_ in ("", "1", "x\x00", "é", SESSION["id"].upper(), f"{{{SESSION['id']}}}", "id.eq.1"):
            with pytest.raises(SessionNotFound):
                owner_of(project_store).session(id_)
        assert project.asked == []

    def test_a_refusal_that_has_no_sentence_of_ours_keeps_the_functions_own(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        project.will_answer(refusal(400, "internal_error", "Something of the kind"))
        with pytest.raises(InternalError, match="Something of the kind") as error:
            ledger_call(project_store)
        assert error.value.hint


class TestForks:
    def test_both_sides_of_a_fork_have_connections_of_their_own(self, project: ScriptedServer) -> None:
        """Twenty calls on each side at once: on one connection they would read each other's answers."""
        project.will_answer(Scripted(body=[]))
        program = f"""
            import os
            from workbench.settings import Settings
            from workbench.store.supabase.store import SupabaseStore
            store = SupabaseStore(Settings(supabase_url={project.url!r}, supabase_secret_key="sb_secret_1"))
            def calls():
                for _ in range(20):
                    assert store.ledger.due_tasks(resend_seconds=1) == []
            calls()
            inherited = store._connection.http
            child = os.fork()
            calls()
            assert (store._connection.http is inherited) == bool(child)
            if not child:
                store.close()
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            calls()
            store.close()
            raise SystemExit(status)
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            capture_output=True,
            text=True,
            env={**os.environ},
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert len(project.asked) == 80

    def test_threads_share_the_connections(
        self, project: ScriptedServer, project_store: SupabaseStore
    ) -> None:
        project.will_answer(Scripted(body=[]))
        clients = at_once(lambda _: (ledger_call(project_store), project_store._connection.http)[1])
        assert len(set(map(id, clients))) == 1
