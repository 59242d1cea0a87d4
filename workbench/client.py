"""The workbench in a notebook: ``Workbench`` opens sessions, on this machine or elsewhere.

::

    wb = Workbench()
    session = wb.open("flights.csv")
    session.chat("remove rows where dep_delay is null").result()
    session.df
"""

from __future__ import annotations

import os
import re
import sys
import weakref
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from workbench.connection import normalized
from workbench.errors import InvalidParameter, NotFound, SessionNotFound, Unavailable, nearest
from workbench.following import Follower
from workbench.ids import is_id
from workbench.ingest_options import IngestOptions
from workbench.link import Link
from workbench.listing import Listing
from workbench.notebook.html import BLUE, card, clip, faint
from workbench.read_keywords import READ_KEYWORDS, read_options
from workbench.session import Session
from workbench.signing_in.entering import Who, enter
from workbench.sources import Source
from workbench.transport import Endpoint, Transport

__all__ = ["Workbench"]


class Workbench:
    """A workbench that runs: the stack of this machine, or the API at an address.

    Args:
        url: The API's address. Without one, the stack of this machine is used; if none runs, one is
            started in the background, and goes on when this program ends.
        token: The API's bearer token; with Supabase, a user's access token, which is not renewed.
        email: With Supabase, who signs in; else WORKBENCH_EMAIL and WORKBENCH_PASSWORD of the environment
            say it, or the login that is remembered.
        password: The password to that.
        remember: Whether to keep the login, without the password, in a private file of yours, so that the
            next time none is needed; `workbench logout` forgets it. Nothing is kept otherwise.
        data_dir: The data folder of the stack; by default ``WORKBENCH_DATA_DIR``, else the platform's.
        progress: How tasks show their progress: "auto", "widget", "html", "text" or "none".
        http: What carries the requests; for tests.

    Raises:
        ApiUnavailable: When nothing answers at the address, or no stack can be started.
        Unauthorized: When the token does not fit.
        SignInFailed: When nobody can be signed in.

    Example::

        with Workbench() as wb:
            session = wb.open("flights.csv")
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        email: str | None = None,
        password: str | None = None,
        remember: bool = False,
        data_dir: str | os.PathLike[str] | None = None,
        progress: str | None = None,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        who = Who.of(token, email, password, remember=remember)
        del token, password  # a traceback that shows variables would show them
        who.check()
        folder = None if data_dir is None else Path(data_dir)
        held = ExitStack()
        if url is None:
            # A stack that `workbench run` started for itself must not end under our hands.
            held.enter_context(_in_use(folder))
            endpoint, place = _local(folder), _place(folder)
            transport = Transport(endpoint, renew=lambda: _found(folder), http=http)
        else:
            transport = Transport(Endpoint(url.rstrip("/")), http=http)
            place = normalized(url)
        self._link = Link(transport, progress=progress)
        self._followers: dict[str, Follower] = {}
        # With the last of its sessions, nodes and tasks, as `s = Workbench().open(...)` leaves them alone;
        # and at the end of the program: threads that still follow tasks must not draw by then.
        self._finalizer = weakref.finalize(self._link, _close, transport, self._followers, held)
        try:
            # Says at once if the address, the token or the password is wrong.
            enter(transport, who, place=place, http=http)
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """Where the API is."""
        return self._link.http.url

    @property
    def user(self) -> str | None:
        """Who is signed in: an email, else an id; None where there are no users."""
        return self._link.http.user

    def open(
        self,
        source: object = None,
        *,
        name: str | None = None,
        options: IngestOptions | None = None,
        **sources: object,
    ) -> Session:
        """Open files or frames in a new session, and wait until they are there.

        The file decides how it is read, unless ``options`` say so, or keywords by their names in pandas:
        ``open("sales.csv", sep=";", thousands=".", dtype={"zip": "str"})``. These are ``sep``, ``encoding``,
        ``decimal``, ``thousands``, ``header``, ``skiprows``, ``names``, ``dtype``, ``na_values`` (in place
        of the known spellings), ``dayfirst`` and ``sheet_name``. They hold for every file that is opened.

        Args:
            source: The path of a CSV, TSV, Excel, JSON Lines, Parquet or Arrow file, or a frame.
            name: The session's name; by default the first dataset's.
            options: How files are to be read.
            **sources: More of them, by the names that they get: ``open(orders="a.csv", customers=df)``; and
                the keywords above.

        Returns:
            A session; the first dataset is its head.

        Raises:
            FileMissing: When there is no such file.
            IngestError: When it cannot be read as a table; no session is left behind.
            InvalidParameter: When an option does not fit, or says nothing of the file's format.
        """
        keywords = {key: sources.pop(key) for key in READ_KEYWORDS if key in sources}
        reading = read_options(options, keywords)
        named: dict[str | None, object] = {} if source is None else {None: source}
        named.update(sources)
        if not named:
            raise InvalidParameter("There is nothing to open.", 'Give a file: wb.open("flights.csv").')
        checked = [Source.of(what, key, reading) for key, what in named.items()]
        session = self.new(name or checked[0].name)
        try:
            for task in [session.upload(one) for one in checked]:
                task.result()
        except BaseException:
            self._forget(session)
            raise
        return session

    def open_sample(self, name: str = "flights") -> Session:
        """Open a data set that comes with the package, such as "flights", in a new session."""
        from workbench.samples import sample_path

        return self.open(sample_path(name))

    def new(self, name: str) -> Session:
        """Make an empty session; ``add`` opens data in it."""
        return self._session(self._link.http.change("POST", "/sessions", {"name": name}))

    def session(self, id_or_name: str) -> Session:
        """Find a session again, as after a restart of the kernel.

        Args:
            id_or_name: Its id, or its name; of several of one name, the newest.

        Raises:
            SessionNotFound: When there is none.
        """
        if is_id(id_or_name.lower()):
            return self._session(self._link.http.read(f"/sessions/{id_or_name}"))
        names: list[str] = []
        for facts in self._link.http.pages("/sessions"):
            if facts["name"] == id_or_name:
                return self._session(facts)
            names.append(facts["name"])
        near = nearest(id_or_name, dict.fromkeys(names))
        hint = (
            f"Did you mean {' or '.join(map(repr, near))}?" if near else "wb.sessions lists those there are."
        )
        raise SessionNotFound(f"There is no session '{id_or_name}'.", hint, id=id_or_name, nearest=near)

    @property
    def sessions(self) -> Listing[Session]:
        """All sessions, newest first, also by name."""
        found = [(facts, self._session(facts)) for facts in self._link.http.pages("/sessions")]
        shown = {session.id: facts for facts, session in found}
        return Listing(
            (session for _, session in found),
            name=lambda session: session.name,
            row=lambda session: (
                session.name,
                ", ".join(shown[session.id]["datasets"]) or "no data yet",
                str(shown[session.id]["updated_at"])[:16].replace("T", " "),
            ),
            heads=("session", "datasets", "last change (UTC)"),
            missing=SessionNotFound,
        )

    @property
    def transformations(self) -> Listing[Mapping[str, Any]]:
        """The catalogue: what can be done to a table."""
        return Listing(
            list(self._link.http.pages("/transformations")),
            name=lambda word: str(word["kind"]),
            row=lambda word: (str(word["kind"]), _first_line(word)),
            heads=("transformation", "what it does"),
            missing=NotFound,
        )

    def close(self) -> None:
        """Close the connection; what runs goes on, and so does the stack."""
        self._finalizer()

    def _session(self, facts: Mapping[str, Any]) -> Session:
        name = str(facts["id"])
        follower = self._followers.setdefault(name, Follower(f"workbench-{name}"))
        return Session(self._link, facts, follower)

    def _forget(self, session: Session) -> None:
        """Delete a session whose data could not be opened; what raised is what counts."""
        try:
            session.delete()
        except (Unavailable, NotFound):
            _say(f"The session '{session.name}' could not be deleted; it has no data.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Workbench at {self.url}{self._as_user()}>"

    def _repr_html_(self) -> str:
        where = clip(self.url + self._as_user(), 300)
        return card(f"<div><b>Workbench</b> at {where}</div>" + faint(_NEXT), BLUE)

    def _as_user(self) -> str:
        return f" as {self.user}" if self.user else ""


_NEXT = "wb.open(&quot;file.csv&quot;) opens data, wb.sessions lists what was opened before"


def _close(transport: Transport, followers: Mapping[str, Follower], held: ExitStack) -> None:
    for follower in followers.values():
        follower.close()
    transport.close()
    held.close()


def _in_use(data_dir: Path | None) -> AbstractContextManager[None]:
    from workbench.local import settings_for, using

    return using(settings_for(data_dir))


def _local(data_dir: Path | None) -> Endpoint:
    """Find the stack of this machine, or start it."""
    from workbench.local import start_in_background

    found = _found(data_dir)
    if found is not None:
        return found
    _say("Starting a workbench in the background …")
    runtime = start_in_background(data_dir)
    _say(f"It runs at {runtime.url}, and goes on until `workbench down`.")
    return Endpoint(runtime.url, SecretStr(runtime.token))


def _found(data_dir: Path | None) -> Endpoint | None:
    from workbench.local import find_running

    runtime = find_running(data_dir)
    return None if runtime is None else Endpoint(runtime.url, SecretStr(runtime.token))


def _place(data_dir: Path | None) -> str:
    """What tells a stack of this machine from others; its address changes with each start."""
    from workbench.local import settings_for

    return str(settings_for(data_dir).data_dir)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _first_line(word: Mapping[str, Any]) -> str:
    text = str(word.get("summary") or word.get("description") or "").strip()
    return re.split(r"\n\s*\n", text)[0].replace("\n", " ")
