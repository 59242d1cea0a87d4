"""A stand-in for the API, for tests of the client: in memory, in this process, also over real HTTP."""

import hashlib
import io
import json
import re
import time
from contextlib import contextmanager
from email.parser import BytesParser
from urllib.parse import parse_qs, urlsplit

import httpx
import pyarrow as pa

from tests.support.listening import Handler, listening

TOKEN = "right-token"
ENDED = {"SUCCESS", "FAILURE", "REVOKED"}
TIMES = {"created_at": "2026-01-01T10:00:00Z", "updated_at": "2026-01-01T10:00:00Z"}


class Moment:
    """A stage of a task: how long it lasts, and what the API says meanwhile."""

    def __init__(self, seconds, progress, message):
        self.seconds, self.progress, self.message = seconds, progress, message


class FakeTask:
    def __init__(self, task_id, session, title, moments, outcome):
        self.id, self.session, self.title = task_id, session, title
        self.moments, self.outcome = moments, outcome
        self.begun = time.monotonic()
        self.end = None  # the envelope

    def status(self):
        """What GET /tasks/{id} says now; ends the task when its time has come."""
        left = time.monotonic() - self.begun
        for moment in self.moments if self.end is None else ():
            if left < moment.seconds:
                return self._body("PROGRESS", moment.progress, moment.message)
            left -= moment.seconds
        if self.end is None:
            self.end = self.outcome()
        status = self.end["status"]
        return self._body(status, 100 if status == "SUCCESS" else 50, "")

    def _body(self, status, progress, message):
        return {
            "task_id": self.id,
            "status": status,
            "progress": progress,
            "message": message,
            "stage": "applying",
        }


class FakeApi:
    """Keeps sessions whose nodes are Arrow tables; a chat drops the first row, unless scripted otherwise."""

    def __init__(self):
        self.sessions, self.nodes, self.tables, self.tasks = {}, {}, {}, {}
        self.scripts, self.keys, self.requests = {}, {}, []
        self.options = []  # those that came with uploads
        self.submitted = []  # the bodies of commands
        self.full = 0  # so many submissions find as many tasks open as may be
        self.down = 0  # so many requests find nobody
        self.ids = 0
        self.token = TOKEN
        self.auth = None  # a FakeAuth, where users sign in
        self.catalogue = [{"kind": "sort", "summary": "Sort the rows."}]

    def script(self, message, *moments, error=None, **facts):
        """Say how a message goes: its stages, and an error, or facts of its result."""
        self.scripts[message] = (moments, error, facts)

    def new_id(self):
        self.ids += 1
        return f"00000000-0000-7000-8000-{self.ids:012d}"

    # HTTP

    def handle(self, method, url, headers, body):
        parts = urlsplit(url)
        path = parts.path.removeprefix("/api/v1")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.auth is not None and path.startswith("/auth/v1/"):
            return self.auth.handle(path.removeprefix("/auth/v1/"), query, headers, body)
        self.requests.append((method, path, query, headers))
        if (method, path) == ("GET", "/auth"):
            return ok(self.auth.facts(headers["host"]) if self.auth else {"kind": "token"})
        if self.auth is not None:
            refusal = self.auth.refusal(headers.get("authorization") or "")
            if refusal:
                return problem(401, *refusal)
        elif headers.get("authorization") != f"Bearer {self.token}":
            return problem(401, "unauthorized", "The token does not fit.", "Look into runtime.json.")
        for route, answer in ROUTES:
            verb, pattern = route.split(" ")
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return getattr(self, answer)(*found.groups(), query=query, headers=headers, body=body)
        return problem(404, "not_found", f"There is no {path}.", "")

    def transport(self):
        """The API as something httpx can use."""

        def handler(request):
            if self.down:
                self.down -= 1
                raise httpx.ConnectError("refused", request=request)
            status, headers, body = self.handle(
                request.method, str(request.url), request.headers, request.read()
            )
            return httpx.Response(status, headers=headers, content=body)

        return httpx.MockTransport(handler)

    # Sessions

    def list_sessions(self, *, query, **_):
        return ok({"items": list(reversed(self.sessions.values())), "next": None})

    def make_session(self, *, body, **_):
        session = {"id": self.new_id(), "name": json.loads(body)["name"], "head": None, "can_undo": False}
        self.sessions[session["id"]] = {**session, "can_redo": False, "datasets": {}, **TIMES}
        return ok(self.sessions[session["id"]], 201)

    def one_session(self, session, **_):
        if session not in self.sessions:
            return problem(404, "session_not_found", f"There is no session '{session}'.", "List them.")
        return ok(self.sessions[session])

    def change_session(self, session, *, body, **_):
        self.sessions[session].update(json.loads(body))
        return ok(self.sessions[session])

    def drop_session(self, session, **_):
        del self.sessions[session]
        return 204, {}, b""

    def undo(self, session, **_):
        facts = self.sessions[session]
        parents = self.nodes[facts["head"]]["parents"]
        if not parents:
            return problem(409, "nothing_to_undo", "There is nothing to undo.", "This is the beginning.")
        facts["head"] = parents[0]
        return ok(facts)

    def list_nodes(self, session, **_):
        return ok({"items": [n for n in self.nodes.values() if n["session_id"] == session], "next": None})

    # Tasks

    def upload(self, session, *, headers, body, **_):
        form = BytesParser().parsebytes(
            b"Content-Type: " + headers["content-type"].encode() + b"\r\n\r\n" + body
        )
        fields = {part.get_param("name", header="content-disposition"): part for part in form.get_payload()}
        name = fields["name"].get_payload()
        data = fields["file"].get_payload(decode=True)
        if "options" in fields:
            self.options.append(fields["options"].get_payload())
        filename = fields["file"].get_filename()

        def ingest():
            if not data:
                return failure("file_empty", f"{filename} is empty.", "Choose another file.")
            table = pa.ipc.open_file(data).read_all() if filename.endswith(".arrow") else read_csv(data)
            node = self.add_node(session, filename, table, dataset=name)
            facts = self.sessions[session]
            facts["datasets"][name] = node["id"]
            facts["head"] = facts["head"] or node["id"]
            done = {"node_id": node["id"], "rows": node["rows"], "columns": node["columns"]}
            return success({**done, "transformation": f"Opened {filename}", "warnings": []})

        return self.accept(session, f"open {name}", ingest, headers)

    def chat(self, session, *, headers, body, **_):
        asked = json.loads(body)
        self.submitted.append(asked)
        return self.command(session, asked.get("message", "plan"), asked, headers)

    def command(self, session, message, asked, headers):
        _, error, facts = self.scripts.get(message, ((), None, {}))

        def run():
            if error:
                return {"task_id": "", "status": "FAILURE", "error": error.to_dict()}
            before = self.nodes[asked.get("node_id") or self.sessions[session]["head"]]
            table = self.tables[before["id"]].slice(1)
            done = {"rows_before": before["rows"], "rows_after": len(table), "rows_affected": 1, "plan": []}
            done |= {"transformation": "Dropped 1 row", "code": "df = df.iloc[1:]", "warnings": [], **facts}
            if asked.get("dry_run"):
                rows = [list(row.values()) for row in table.to_pylist()]
                preview = {"columns": before["columns"], "rows": rows}
                return success({**done, "dry_run": True, "description": "Drop 1 row", "preview": preview})
            node = self.add_node(session, "Drop 1 row", table, parents=[before["id"]])
            if done.get("head_moved", True):
                self.sessions[session]["head"] = node["id"]
            return success({**done, "node_id": node["id"]})

        return self.accept(session, message, run, headers)

    def accept(self, session, message, outcome, headers):
        if self.full:
            self.full -= 1
            return problem(429, "too_many_tasks", "The session has 200 tasks that wait or run.", "Wait.")
        key = headers["idempotency-key"]
        if key not in self.keys:
            moments = self.scripts.get(message, ((), None, {}))[0]
            task = FakeTask(self.new_id(), session, message, moments, outcome)
            self.tasks[task.id] = self.keys[key] = task
        return ok({"task_id": self.keys[key].id, "status": "PENDING", "message": "Task queued"}, 202)

    def list_tasks(self, *, query, **_):
        mine = [task for task in self.tasks.values() if task.session == query["session_id"]]
        items = [{"task_id": t.id, "title": t.title, "status": t.status()["status"], **TIMES} for t in mine]
        return ok({"items": items[::-1], "next": None})

    def task(self, task_id, *, query, headers, **_):
        task = self.tasks[task_id]
        deadline = time.monotonic() + float(query.get("wait", 0))
        seen = headers.get("if-none-match")
        while True:
            body = task.status()
            tag = f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()}"'
            if body["status"] in ENDED or (seen and tag != seen) or time.monotonic() >= deadline:
                return (304, {"ETag": tag}, b"") if tag == seen else ok(body, headers={"ETag": tag})
            time.sleep(0.002)

    def result(self, task_id, **_):
        return ok({**self.tasks[task_id].end, "task_id": task_id})

    def cancel(self, task_id, **_):
        task = self.tasks[task_id]
        error = {"code": "task_cancelled", "detail": "The task was cancelled.", "hint": ""}
        task.end = task.end or {"status": "REVOKED", "error": error}
        return ok(task.status())

    # Nodes

    def add_node(self, session, name, table, *, dataset=None, parents=()):
        columns = [{"name": field.name, "dtype": dtype(field.type)} for field in table.schema]
        node = {"id": self.new_id(), "session_id": session, "parents": list(parents), "name": name}
        node |= {"dataset": dataset, "rows": len(table), "columns": columns, "message": None, "plan": None}
        self.nodes[node["id"]] = {**node, "steps": [], "code": "df = df.iloc[1:]", "source": None, **TIMES}
        self.tables[node["id"]] = table
        return self.nodes[node["id"]]

    def node(self, node_id, **_):
        if node_id not in self.nodes:
            return problem(404, "node_not_found", f"There is no node '{node_id}'.", "List the nodes.")
        return ok(self.nodes[node_id])

    def rows(self, node_id, *, query, **_):
        table = self.tables[node_id]
        part = table.slice(int(query["offset"]), int(query["limit"]))
        rows = [list(row.values()) for row in part.to_pylist()]
        columns = self.nodes[node_id]["columns"]
        return ok({"columns": columns, "rows": rows, "offset": int(query["offset"]), "total": len(table)})

    def data(self, node_id, *, query, **_):
        if query["format"] != "arrow":
            return 200, {}, f"{query['format']} of {node_id}".encode()
        sink = io.BytesIO()
        table = self.tables[node_id]
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return 200, {}, sink.getvalue()

    def recipe(self, node_id, **_):
        return 200, {"Content-Type": "text/x-python"}, b"import pandas as pd\n"

    def words(self, **_):
        return ok({"items": self.catalogue, "next": None})


ROUTES = [
    ("GET /sessions", "list_sessions"),
    ("POST /sessions", "make_session"),
    ("GET /sessions/([^/]+)", "one_session"),
    ("PATCH /sessions/([^/]+)", "change_session"),
    ("DELETE /sessions/([^/]+)", "drop_session"),
    ("POST /sessions/([^/]+)/undo", "undo"),
    ("POST /sessions/([^/]+)/datasets", "upload"),
    ("POST /sessions/([^/]+)/chat", "chat"),
    ("POST /sessions/([^/]+)/transformations", "chat"),
    ("GET /sessions/([^/]+)/nodes", "list_nodes"),
    ("GET /tasks", "list_tasks"),
    ("GET /tasks/([^/]+)", "task"),
    ("GET /tasks/([^/]+)/result", "result"),
    ("DELETE /tasks/([^/]+)", "cancel"),
    ("GET /nodes/([^/]+)", "node"),
    ("GET /nodes/([^/]+)/rows", "rows"),
    ("GET /nodes/([^/]+)/data", "data"),
    ("GET /nodes/([^/]+)/recipe", "recipe"),
    ("GET /transformations", "words"),
]


def ok(body, status=200, headers=None):
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode()


def problem(status, code, detail, hint):
    body = {"code": code, "title": code, "status": status, "detail": detail, "hint": hint}
    return status, {"Content-Type": "application/problem+json"}, json.dumps(body).encode()


def success(result):
    return {"status": "SUCCESS", "result": result}


def failure(code, detail, hint):
    return {"status": "FAILURE", "error": {"code": code, "detail": detail, "hint": hint}}


def read_csv(data):
    from pyarrow import csv

    return csv.read_csv(io.BytesIO(data))


def dtype(kind):
    return (
        "str"
        if pa.types.is_string(kind) or pa.types.is_large_string(kind)
        else str(kind).replace("double", "float64")
    )


@contextmanager
def served(api):
    """Serve the API on a free port."""

    class Answering(Handler):
        def respond(self):
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, extra, content = api.handle(self.command, self.path, headers, self.body())
            self.answer(status, content, extra)

        do_GET = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815 - named by http.server

    with listening(Answering, str) as url:
        yield url
