"""What a real PostgREST speaker shows of the store: calls and their number, lost answers, users, texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from tests.contract.store.support import (
    ANA,
    ATTEMPTS,
    LEASE,
    RESEND,
    add_dataset,
    claimed,
    command,
    make_node,
    new_task,
    opened,
    submit,
)
from tests.support.access_tokens import access_token
from tests.support.http_proxy import HttpProxy, running_proxy
from tests.support.supabase_lite import SupabaseLite
from workbench.errors import InvalidParameter, StoreKeyRefused, TokenExpired, Unauthorized
from workbench.ids import new_id
from workbench.models import TaskState
from workbench.store.protocol import ClaimOutcome, HeadMove, Owner, Store
from workbench.store.supabase import rows
from workbench.store.supabase.store import SupabaseStore


@pytest.fixture
def server(supabase_lite: SupabaseLite) -> SupabaseLite:
    supabase_lite.reset()
    return supabase_lite


@pytest.fixture(scope="module")
def _proxy(supabase_lite: SupabaseLite) -> Iterator[HttpProxy]:
    with running_proxy(supabase_lite.url) as proxy:
        yield proxy


@pytest.fixture
def proxy(_proxy: HttpProxy) -> HttpProxy:
    _proxy.lose_answers(lambda _: False)
    return _proxy


@pytest.fixture
def store(server: SupabaseLite, proxy: HttpProxy) -> Iterator[SupabaseStore]:
    store = SupabaseStore(server.settings(supabase_url=proxy.url))
    yield store
    store.close()


@pytest.fixture
def losing(proxy: HttpProxy) -> Callable[[str], None]:
    """Have the next answer of a function lost, after it has done its work."""

    def lose(function: str) -> None:
        proxy.calls.clear()
        proxy.lose_answers(lambda call: call.path.endswith(f"/rpc/{function}"))

    return lose


def calls_of(proxy: HttpProxy, call: Callable[[], Any]) -> list[str]:
    proxy.calls.clear()
    call()
    return [f"{made.method} {made.path.partition('?')[0].removeprefix('/rest/v1/')}" for made in proxy.calls]


class TestCalls:
    """One call each, but for `ping`, the second page of a list, and a list that may be of nothing."""

    def test_what_a_user_does(self, store: SupabaseStore, proxy: HttpProxy) -> None:
        session, _ = opened(store)
        node = command(store, session.id).node
        task = submit(store, session.id)
        ana = store.as_owner(ANA)
        first = ana.tasks(limit=1)
        for call, made in {
            store.ping: ["POST rpc/schema_version"] * 2,  # with each of the two keys
            lambda: ana.session(session.id): ["GET sessions"],
            ana.sessions: ["GET sessions"],
            lambda: ana.node(node.id): ["GET nodes"],
            lambda: ana.nodes(session.id): ["GET nodes"],
            lambda: ana.path(node.id): ["POST rpc/node_path"],
            lambda: ana.task(task.id): ["GET tasks"],
            lambda: ana.tasks(session_id=session.id): ["GET tasks"],
            lambda: ana.tasks(limit=1, after=first.next): ["GET tasks"] * 2,
            lambda: ana.rename_session(session.id, "x"): ["POST rpc/rename_session"],
            lambda: ana.submit_task(new_task(session.id)): ["POST rpc/submit_task"],
            lambda: ana.cancel_task(task.id): ["POST rpc/cancel_task"],
            lambda: ana.session_state(session.id): ["POST rpc/session_state"],
        }.items():
            assert calls_of(proxy, call) == made
        empty = ana.create_session("empty")
        assert calls_of(proxy, lambda: ana.nodes(empty.id)) == ["GET nodes", "GET sessions"]

    def test_what_a_worker_does(self, store: SupabaseStore, proxy: HttpProxy) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        done = {"task_id": task.id, "fence": 1}
        for call, made in {
            lambda: claimed(store, task): "POST rpc/claim_task",
            lambda: store.ledger.renew_lease(**done, lease_seconds=1): "POST rpc/renew_lease",
            lambda: store.ledger.commit_node(**done, node=make_node(task, source.id), result={}): (
                "POST rpc/commit_node"
            ),
            lambda: store.ledger.finish_task(**done, status=TaskState.SUCCESS): "POST rpc/finish_task",
            lambda: store.ledger.service_session(session.id): "GET sessions",
            lambda: store.ledger.service_node(source.id): "GET nodes",
            lambda: store.ledger.due_tasks(resend_seconds=RESEND): "POST rpc/due_tasks",
            lambda: store.ledger.purge_tasks(older_than_days=1): "POST rpc/purge_tasks",
        }.items():
            assert calls_of(proxy, call) == [made]


class TestLostAnswers:
    """What was done, but whose answer did not come, is asked for again, and is not done again."""

    def test_a_session_is_made_once(self, store: SupabaseStore, losing: Callable[[str], None]) -> None:
        losing("create_session")
        made = store.as_owner(ANA).create_session("flights")
        assert store.as_owner(ANA).sessions().items == [made]

    def test_a_session_is_deleted_once(self, store: SupabaseStore, losing: Callable[[str], None]) -> None:
        session = store.as_owner(ANA).create_session("flights")
        losing("delete_session")
        store.as_owner(ANA).delete_session(session.id)
        assert store.as_owner(ANA).sessions().items == []

    @pytest.mark.parametrize("move", [HeadMove.UNDO, HeadMove.REDO])
    def test_the_head_moves_by_one(
        self, store: SupabaseStore, losing: Callable[[str], None], move: HeadMove
    ) -> None:
        session, source = opened(store)
        nodes = [source, *(command(store, session.id).node for _ in range(4))]
        ana = store.as_owner(ANA)
        for _ in range(2):
            ana.move_head(session.id, HeadMove.UNDO)
        losing("move_head")
        expected = nodes[1 if move is HeadMove.UNDO else 3]
        assert ana.move_head(session.id, move).head == expected.id == ana.session(session.id).head

    def test_a_task_is_written_once_and_is_still_to_be_sent(
        self, store: SupabaseStore, losing: Callable[[str], None], proxy: HttpProxy
    ) -> None:
        losing("submit_task")
        submitted = store.as_owner(ANA).submit_task(new_task(None, "test_task", idempotency_key="key"))
        assert len(proxy.calls) == 2
        assert not submitted.repeated
        assert store.as_owner(ANA).tasks().items == [submitted.task]

    def test_a_claim_is_the_callers_own(self, store: SupabaseStore, losing: Callable[[str], None]) -> None:
        session, source = opened(store)
        task = submit(store, session.id)
        losing("claim_task")
        answer = store.ledger.claim_task(task.id, worker="w", lease_seconds=LEASE, max_attempts=ATTEMPTS)
        assert answer.outcome is ClaimOutcome.CLAIMED
        assert answer.task.attempts == 1
        assert answer.inputs.node == source
        store.ledger.renew_lease(task.id, answer.fence, lease_seconds=LEASE)

    def test_a_node_is_committed_once(
        self, store: SupabaseStore, losing: Callable[[str], None], proxy: HttpProxy
    ) -> None:
        session, source = opened(store)
        task, following = submit(store, session.id), submit(store, session.id)
        fence = claimed(store, task)
        node = make_node(task, source.id)
        losing("commit_node")
        ended = store.ledger.commit_node(task.id, fence, node, result={"rows_affected": 1})
        assert len(proxy.calls) == 2
        assert (ended.node, ended.task.status, ended.next_task) == (node, TaskState.SUCCESS, following)
        assert store.as_owner(ANA).nodes(session.id).items == [source, node]
        undone = store.as_owner(ANA).session(session.id)
        assert (undone.head, undone.can_undo) == (node.id, True)

    def test_a_task_that_was_cancelled_lets_the_next_one_go(
        self, store: SupabaseStore, losing: Callable[[str], None]
    ) -> None:
        session, _ = opened(store)
        first, second = submit(store, session.id), submit(store, session.id)
        losing("cancel_task")
        ended = store.as_owner(ANA).cancel_task(first.id)
        assert (ended.task.status, ended.next_task) == (TaskState.REVOKED, second)

    def test_a_project_that_comes_back_in_time_was_never_away(
        self, store: SupabaseStore, proxy: HttpProxy
    ) -> None:
        proxy.calls.clear()
        proxy.lose_answers(lambda _: True, times=2)
        assert store.as_owner(ANA).sessions().items == []
        assert len(proxy.calls) == 3


class TestUsers:
    """Who asks is told by the token, and by nothing else."""

    def as_(self, store: Store, token: str) -> Any:
        return store.as_owner(Owner(ANA.id, SecretStr(token)))

    def test_a_token_that_has_expired(self, store: SupabaseStore) -> None:
        expired = access_token(ANA.id, exp=datetime.now(UTC) - timedelta(hours=1))
        owner = self.as_(store, expired)
        for call in (owner.sessions, lambda: owner.create_session("x"), lambda: owner.node(new_id())):
            with pytest.raises(TokenExpired) as error:
                call()
            assert expired not in str(error.value.to_dict())

    @pytest.mark.parametrize(
        "claims", [{"sub": ""}, {"role": "anon"}, {"sub": "5d5f8f7c-0f2f-4f5c-9a55-000000000000"}]
    )
    def test_a_token_of_nobody_changes_nothing(self, store: SupabaseStore, claims: dict[str, str]) -> None:
        with pytest.raises(Unauthorized):
            self.as_(store, access_token(ANA.id, **claims)).create_session("x")
        assert store.as_owner(ANA).sessions().items == []

    def test_a_token_decides_and_not_the_id_beside_it(
        self, store: SupabaseStore, server: SupabaseLite
    ) -> None:
        user, token = server.sign_up(f"{new_id()}@example.org", "long enough 1")
        session, _ = opened(store)
        stranger = store.as_owner(Owner(ANA.id, SecretStr(token)))
        assert stranger.sessions().items == []
        assert stranger.create_session("theirs").owner == user
        assert [found.id for found in store.as_owner(ANA).sessions().items] == [session.id]

    def test_keys_that_are_not_the_projects(self, server: SupabaseLite) -> None:
        wrong = SupabaseStore(
            server.settings(supabase_publishable_key="sb_publishable_no", supabase_secret_key="sb_secret_no")
        )
        for call in (
            wrong.ping,
            wrong.as_owner(ANA).sessions,
            lambda: wrong.ledger.due_tasks(resend_seconds=1),
        ):
            with pytest.raises(StoreKeyRefused) as error:
                call()
            assert "sb_" not in error.value.message
        wrong.close()


class TestTexts:
    """PostgreSQL holds no NUL, and the store does."""

    TEXT = "a\x00b \ue000 \ue001 \\u0000 “c”"

    def test_every_character_is_kept(self, store: SupabaseStore) -> None:
        ana = store.as_owner(ANA)
        session = ana.create_session(self.TEXT)
        assert session.name == ana.session(session.id).name == self.TEXT
        payload = {"message": self.TEXT, self.TEXT: [self.TEXT, {"deep": self.TEXT}]}
        task = submit(store, session.id, "ingest_dataset", payload=payload)
        assert task.payload == ana.task(task.id).payload == payload
        node = make_node(task, dataset=self.TEXT, name=self.TEXT, values={"a": (self.TEXT,)})
        ended = store.ledger.commit_node(task.id, claimed(store, task), node, result={"said": self.TEXT})
        assert ended.node == ana.node(node.id) == node
        assert ended.task.result == {"said": self.TEXT, "node_id": node.id}
        assert ana.session(session.id).datasets == {self.TEXT: node.id}
        answer = store.ledger.claim_task(
            submit(store, session.id).id, worker=self.TEXT, lease_seconds=LEASE, max_attempts=ATTEMPTS
        )
        assert (answer.inputs.origin, answer.inputs.datasets) == (self.TEXT, {self.TEXT: node})

    @pytest.mark.parametrize("value", [float("inf"), object(), "\udc80"])
    def test_what_json_cannot_hold_is_refused_before_it_is_sent(
        self, store: SupabaseStore, proxy: HttpProxy, value: object
    ) -> None:
        proxy.calls.clear()
        with pytest.raises(InvalidParameter):
            submit(store, None, "test_task", payload={"value": value})
        assert proxy.calls == []


class TestLongLists:
    """A project answers with 1,000 rows at most, and says nothing of the others."""

    def test_a_page_is_never_larger_than_what_a_project_answers_with(
        self, store: SupabaseStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rows, "LARGEST_PAGE", 3)
        session, source = opened(store)
        others = [add_dataset(store, session.id, str(number)) for number in range(4)]
        ana = store.as_owner(ANA)
        first = ana.nodes(session.id, limit=1_000_000)
        second = ana.nodes(session.id, limit=1_000_000, after=first.next)
        assert [*first.items, *second.items] == [source, *others]
        assert (len(first.items), second.next) == (3, None)
