"""Taking in sessions: what a user gives is of that user's session, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.postgres import Caller, Database
from workbench.ids import new_id

Facts = dict[str, Any]
DIGEST = "0" * 64


def session_facts(*nodes: Facts, **fields: Any) -> Facts:
    """A session whose head has been at these nodes, one after the other."""
    history = [node["id"] for node in nodes]
    times = {"created_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-02T12:00:00Z"}
    datasets = {"flights": history[0]} if history else {}
    return {
        "id": nodes[0]["session_id"] if nodes else new_id(),
        "name": "flights",
        "datasets": datasets,
        "history": history,
        "position": len(history),
        **times,
        **fields,
    }


def node_facts(owner: str, session_id: str, *parents: str, **fields: Any) -> Facts:
    block = f"{owner}/{session_id}/blocks/{DIGEST}.parquet"
    column = {"name": "a", "dtype": "Int64", "block": block, "field": "a", "selection": None}
    node_id = new_id()
    return {
        "id": node_id,
        "session_id": session_id,
        "owner": owner,
        "parents": list(parents),
        "fingerprint": f"fingerprint of {node_id}",
        "manifest": {"rows": 1, "columns": [column, {**column, "name": "b", "selection": block}]},
        **fields,
    }


def take_in(caller: Caller, session: Facts, *nodes: Facts, before: Facts | None = None) -> Facts:
    return caller.call("import_session", p_session=session, p_nodes=list(nodes), p_before=before)


@pytest.fixture
def ana(database: Database) -> Caller:
    return database.user()


@pytest.fixture
def ben(database: Database) -> Caller:
    return database.user()


@pytest.fixture
def here(ana: Caller) -> tuple[Facts, Facts, Facts]:
    """A session of Ana's with two nodes."""
    session_id = new_id()
    source = node_facts(ana.id, session_id)
    node = node_facts(ana.id, session_id, source["id"])
    session = session_facts(source, node)
    take_in(ana, session, source, node)
    return session, source, node


def test_a_session_is_there_as_it_was_given(ana: Caller) -> None:
    session_id = new_id()
    source = node_facts(ana.id, session_id)
    node = node_facts(ana.id, session_id, source["id"])
    session = session_facts(source, node, position=1)
    state = take_in(ana, session, source, node)
    assert state == ana.call("session_state", p_session=session_id)
    row = state["session"]
    assert (row["name"], row["datasets"], row["head"]) == ("flights", session["datasets"], source["id"])
    assert (row["can_undo"], row["can_redo"], state["busy"]) == (False, True, False)
    assert state["history"] == session["history"]
    assert ana.rows("select id::text, parent::text from nodes order by seq") == [
        (source["id"], None),
        (node["id"], source["id"]),
    ]
    assert take_in(ana, session, source, node) == state


def test_what_is_there_is_needed_to_change_it(ana: Caller, here: tuple[Facts, Facts, Facts]) -> None:
    session, source, node = here
    with pytest.raises(psycopg.Error, match="went on meanwhile"):
        take_in(ana, {**session, "position": 1}, before=None)
    with pytest.raises(psycopg.Error, match="went on meanwhile"):
        take_in(ana, {**session, "position": 1}, before={**session, "history": [source["id"]], "position": 1})
    after = take_in(ana, {**session, "position": 1}, before=session)
    assert after["session"]["head"] == source["id"]
    twin = {**node, "id": new_id()}
    with pytest.raises(psycopg.Error, match="went on meanwhile"):
        take_in(ana, session, twin, before={**session, "position": 1})


FORGERIES: dict[str, Callable[[Facts, str, str], Facts]] = {
    "another owner": lambda node, owner, _: {**node, "owner": owner},
    "no owner": lambda node, *_: {**node, "owner": None},
    "another session": lambda node, _, session: {**node, "session_id": session},
    "no id": lambda node, *_: {**node, "id": None},
    "an id in capitals": lambda node, *_: {**node, "id": node["id"].upper()[:35] + "A"},
    "no fingerprint": lambda node, *_: {**node, "fingerprint": None},
    "an unknown parent": lambda node, *_: {**node, "parents": [new_id()]},
    "an unknown second parent": lambda node, *_: {**node, "parents": [*node["parents"], new_id()]},
    "no parents": lambda node, *_: {name: value for name, value in node.items() if name != "parents"},
    "parents that are a text": lambda node, *_: {**node, "parents": node["id"]},
    "no manifest": lambda node, *_: {**node, "manifest": None},
    "columns that are an object": lambda node, *_: {**node, "manifest": {"rows": 1, "columns": {"a": {}}}},
    "a text": lambda node, *_: "node",  # type: ignore[dict-item, return-value]
}
KEYS: dict[str, Callable[[str, str, str], Any]] = {
    "another owner's block": lambda _, theirs, __: theirs,
    "another session's": lambda own, _, session: own.replace(own.split("/")[1], session),
    "a way up": lambda own, theirs, _: own.replace(DIGEST, f"../../../{theirs}"),
    "two ways up": lambda own, theirs, _: own.replace(DIGEST, "..").replace(".parquet", ""),
    "a folder": lambda own, *_: own.replace(DIGEST, f"more/{DIGEST}"),
    "an upload": lambda own, *_: own.replace("/blocks/", "/uploads/"),
    "a hidden name": lambda own, *_: own.replace(DIGEST, "."),
    "no name": lambda own, *_: own.replace(f"{DIGEST}.parquet", ""),
    "a percent sign": lambda own, *_: own.replace(DIGEST, "%2e%2e%2f"),
    "a line more": lambda own, *_: own + "\n",
    "a list": lambda own, *_: [own],
    "a number": lambda *_: 1,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_node_is_refused(
    ana: Caller, ben: Caller, here: tuple[Facts, Facts, Facts], forgery: str
) -> None:
    session, _source, node = here
    forged = FORGERIES[forgery](node_facts(ana.id, session["id"], node["id"]), ben.id, new_id())
    _refused(ana, session, forged)


@pytest.mark.parametrize("part", ["block", "selection"])
@pytest.mark.parametrize("forgery", KEYS)
def test_a_forged_key_is_refused(
    ana: Caller, ben: Caller, here: tuple[Facts, Facts, Facts], forgery: str, part: str
) -> None:
    session, _source, node = here
    forged = node_facts(ana.id, session["id"], node["id"])
    column = forged["manifest"]["columns"][1]
    theirs = f"{ben.id}/{new_id()}/blocks/{DIGEST}.parquet"
    column[part] = KEYS[forgery](column["block"], theirs, new_id())
    _refused(ana, session, forged)


def test_a_column_needs_a_block(ana: Caller, here: tuple[Facts, Facts, Facts]) -> None:
    session, _source, node = here
    for gone in (None, "away"):
        forged = node_facts(ana.id, session["id"], node["id"])
        forged["manifest"]["columns"][0].pop("block")
        if gone is None:
            forged["manifest"]["columns"][0]["block"] = None
        _refused(ana, session, forged)


@pytest.mark.parametrize("place", ['"session_id"', '"columns"', '"block"'])
def test_what_is_said_twice_is_refused(ana: Caller, here: tuple[Facts, Facts, Facts], place: str) -> None:
    session, _source, node = here
    twice = json.dumps([node_facts(ana.id, session["id"], node["id"])]).replace(
        f"{place}:", f'{place}: "what others may read", {place}:', 1
    )
    with pytest.raises(psycopg.Error) as error:
        ana.rows("select import_session(%s, %s, null)", json.dumps(session), twice)
    assert error.value.sqlstate == "PT400"
    assert ana.count("select from nodes") == 2


def test_equal_calls_at_one_time_make_one_session(database: Database, ana: Caller) -> None:
    session_id = new_id()
    source = node_facts(ana.id, session_id)
    callers = [database.user(ana.id) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda caller: take_in(caller, session_facts(source), source), callers))
    assert all(answer == answers[0] for answer in answers)
    assert ana.count("select from nodes") == 1


def test_of_two_different_calls_at_one_time_one_is_refused(
    database: Database, here: tuple[Facts, Facts, Facts]
) -> None:
    session, _source, node = here
    owner = node["owner"]
    more = [node_facts(owner, session["id"], node["id"]) for _ in range(2)]
    states = [{**session, "history": [*session["history"], one["id"]], "position": 3} for one in more]
    callers = [database.user(owner) for _ in range(2)]

    def attempt(number: int) -> str | None:
        try:
            take_in(callers[number], states[number], more[number], before=session)
        except psycopg.Error as error:
            return error.sqlstate
        return None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2)), key=str) == [None, "PT409"]
    assert callers[0].count("select from nodes") == 3


def test_another_users_node_is_neither_parent_nor_place(
    ana: Caller, ben: Caller, here: tuple[Facts, Facts, Facts]
) -> None:
    session, source, _node = here
    session_id = new_id()
    mine = node_facts(ben.id, session_id)
    own = session_facts(mine)
    take_in(ben, own, mine)
    _refused(ben, own, node_facts(ben.id, session_id, source["id"]))
    for forged in (
        {**own, "history": [mine["id"], source["id"]]},
        {**own, "datasets": {"flights": source["id"]}},
        {**own, "datasets": {"flights": [mine["id"]]}},
        {**own, "datasets": []},
        {**own, "history": {}},
        {**own, "position": 0},
        {**own, "position": 2},
        {**own, "position": None},
        {**own, "position": -1},
    ):
        _refused(ben, forged, before=own)
    with pytest.raises(psycopg.Error, match="id of a node is taken"):
        take_in(ben, own, {**mine, "id": source["id"], "fingerprint": "new"}, before=own)
    with pytest.raises(psycopg.Error, match="id of the session is taken"):
        take_in(ben, session, before=session)
    assert ben.rows("select id::text from nodes") == [(mine["id"],)]
    assert ana.call("session_state", p_session=session["id"])["history"] == session["history"]


def test_the_head_does_not_move_under_commands_that_run(
    ana: Caller, here: tuple[Facts, Facts, Facts]
) -> None:
    session, _source, node = here
    ana.call(
        "submit_task", p_id=new_id(), p_kind="apply_transformation", p_payload={}, p_session=session["id"],
        p_queue="interactive", p_key=None, p_hash=None,
    )  # fmt: skip
    with pytest.raises(psycopg.Error, match="waiting or running"):
        take_in(ana, {**session, "position": 1}, before=session)
    more = node_facts(ana.id, session["id"], node["id"])
    state = take_in(ana, session, more, before=session)
    assert (state["busy"], state["session"]["head"]) == (True, node["id"])
    assert ana.count("select from nodes") == 3


def test_a_state_is_told_to_its_owner(
    database: Database, ben: Caller, here: tuple[Facts, Facts, Facts]
) -> None:
    session_id = here[0]["id"]
    assert ben.call("session_state", p_session=session_id) is None
    assert database.service().call("session_state", p_session=session_id)["history"] == here[0]["history"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.anon().call("session_state", p_session=session_id)


def test_only_users_take_in_sessions(database: Database) -> None:
    for caller in (database.anon(), database.service()):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            take_in(caller, session_facts())


def _refused(caller: Caller, session: Facts, *nodes: Facts, before: Facts | None = None) -> None:
    """The call is refused as wrong, and changes nothing."""
    nodes_before = caller.rows("select id from nodes")
    state = caller.call("session_state", p_session=session["id"])
    with pytest.raises(psycopg.Error) as error:
        take_in(caller, session, *nodes, before=before or session)
    assert (error.value.sqlstate, error.value.diag.message_detail) == ("PT400", "invalid_parameter")
    assert caller.rows("select id from nodes") == nodes_before
    assert caller.call("session_state", p_session=session["id"]) == state
