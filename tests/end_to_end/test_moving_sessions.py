"""A session goes to Supabase and into another data folder, and is worked on there as if it were at home."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from tests.support.stack import running_stack
from workbench import Workbench


@pytest.fixture
def account(supabase_lite):
    """What ``workbench push`` and ``pull`` need to know of a user's account, as environment variables."""
    supabase_lite.reset()
    _id, token = supabase_lite.sign_up("mover@example.com", "a long enough password")
    return {**os.environ, **supabase_lite.environment(), "WORKBENCH_ACCESS_TOKEN": token}


def workbench(account, *words):
    command = [sys.executable, "-m", "workbench", *map(str, words)]
    done = subprocess.run(command, env=account, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def session(stack, flights_csv, tmp_path):
    """A session with four nodes, the last of which is undone."""
    path = tmp_path / "flights.csv"
    path.write_bytes(flights_csv)
    with Workbench(data_dir=stack.data_dir, progress="none") as here:
        session = here.open(path, name="moving flights")
        for message in ("drop rows without dep_time, then sort by distance", "rename dep_delay to delay"):
            session.chat(message).result()
        session.chat("keep the first 10 rows").result()
        session.undo()
        yield session


@pytest.fixture
def elsewhere():
    """Another stack on an empty data folder."""
    with running_stack() as other, Workbench(data_dir=other.data_dir, progress="none") as there:
        yield other.data_dir, there


def test_a_session_is_the_same_elsewhere_and_after_it_came_back(stack, session, elsewhere, account):
    folder, there = elsewhere
    # The node of the rename shares the block of the one before.
    assert "4 nodes and 3 blocks" in workbench(account, "push", session.id, "--data-dir", stack.data_dir)
    workbench(account, "pull", "moving flights", "--data-dir", folder)
    copy = there.session(session.id)
    assert copy.code() == session.code()
    assert [node.id for node in copy.nodes] == [node.id for node in session.nodes]
    for one, same in zip(session.nodes, copy.nodes, strict=True):
        pd.testing.assert_frame_equal(one.df, same.df)
    assert len(copy.redo()) == 10
    copy.undo()

    made = copy.chat("drop rows where delay > 60").result().node
    workbench(account, "push", session.id, "--data-dir", folder)
    assert "1 node and 1 block" in workbench(account, "pull", session.id, "--data-dir", stack.data_dir)
    assert session.head.id == made.id
    pd.testing.assert_frame_equal(session.df, copy.df)
    assert session.undo().id == copy.undo().id
