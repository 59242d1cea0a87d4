"""Whatever is asked of the live API, it answers as its document says, and never with a fault of ours."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.main import create_app
from tests.support.caller import Caller
from tests.support.stack import RunningStack
from workbench.settings import Settings

# Not whether what the document cannot express (a message of blanks only) is refused, or what it does not
# speak of (further parameters) is let pass: those are decided, and tested, one by one.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]

schema = schemathesis.openapi.from_dict(create_app(Settings(_env_file=None)).openapi())


@pytest.fixture(scope="module")
def known(stack: RunningStack) -> dict[str, str]:
    """What there is, by the names of path parameters: else all would only be told that it is not there."""
    with stack.http() as http:
        caller = Caller(http)
        session = caller.opened("people.csv", b"email,age,joined\na@x.org,31,2024-01-02\n,27,\n")
        ended = caller.chat(session, "sort by age")
        source, made = [node["id"] for node in caller.nodes(session)]
    return {"session_id": session, "node_id": source, "other_id": made, "task_id": ended["task_id"]}


@schema.given(there=st.booleans())
@schema.parametrize()
@settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_an_operation_answers_as_the_document_says(
    case: schemathesis.Case, there: bool, stack: RunningStack, known: dict[str, str]
) -> None:
    if there and not (case.method == "DELETE" and "session_id" in case.path_parameters):
        case.path_parameters = {name: known[name] for name in case.path_parameters}
    headers = {"Authorization": f"Bearer {stack.token}"}
    case.call_and_validate(base_url=stack.url, headers=headers, checks=CHECKS)
