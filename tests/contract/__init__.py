"""Suites that every implementation of a protocol must pass."""

import pytest

for name in ("blobs", "heads", "ledger", "races", "sessions", "support", "tasks"):
    pytest.register_assert_rewrite(f"tests.contract.store.{name}")
