"""A session in the embedded store whose tasks run in this process, as a worker runs them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench.ids import new_id
from workbench.models import NodeRecord, TaskRecord
from workbench.store import LOCAL_OWNER
from workbench.store.protocol import NewTask, OwnerStore
from workers.frames.convert import load_frame
from workers.jobs import apply_plan, chat, ingest_upload
from workers.running import perform
from workers.services import Services

__all__ = ["Session"]


class Session:
    """A session whose tasks are run as a worker runs them."""

    def __init__(self, services: Services, owner: OwnerStore) -> None:
        self.services, self.owner = services, owner
        self.id = owner.create_session("session").id

    def open(self, name: str, frame: pd.DataFrame) -> NodeRecord:
        key = f"{LOCAL_OWNER.id}/{self.id}/uploads/{new_id()}"
        content = io.BytesIO()
        frame.to_csv(content, index=False)
        with self.owner.blobs.create(key) as blob:
            blob.write(content.getvalue())
        payload = {"upload": key, "filename": f"{name}.csv", "dataset": name}
        return self.node(self.run("ingest_dataset", payload, ingest_upload))

    def apply(self, plan: list[dict[str, Any]], **more: Any) -> TaskRecord:
        return self.run("apply_transformation", {"plan": plan, **more}, apply_plan)

    def say(self, message: str, **more: Any) -> TaskRecord:
        return self.run("process_chat_message", {"message": message, **more}, chat)

    def run(self, kind: Any, payload: dict[str, Any], body: Callable[..., Any]) -> TaskRecord:
        task = self.owner.submit_task(NewTask(new_id(), kind, payload, self.id)).task
        perform(self.services, task.id, body)
        return self.owner.task(task.id)

    def told(self, message: str, **more: Any) -> dict[str, Any]:
        """The result of a message that is understood."""
        ended = self.say(message, **more)
        assert ended.result is not None, ended.error
        return ended.result

    @property
    def head(self) -> str | None:
        return self.owner.session(self.id).head

    def node(self, ended: TaskRecord) -> NodeRecord:
        assert ended.result is not None, ended.error
        return self.owner.node(ended.result["node_id"])

    def frame(self, node: NodeRecord) -> pd.DataFrame:
        return load_frame(self.owner.blobs, node.manifest)
