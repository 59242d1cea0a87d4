"""Whether a Supabase project is ready for the workbench, and what to do where it is not."""

from __future__ import annotations

from workbench.settings import Settings
from workbench.supabase_check import access, storage, tokens
from workbench.supabase_check.findings import Check, Finding, Report, Verdict, run
from workbench.supabase_check.project import Project

__all__ = ["Finding", "Report", "Verdict", "check_project"]

CHECKS = (
    Check("url", access.address),
    Check("publishable_key", access.publishable, needs=("url",)),
    Check("secret_key", access.secret, needs=("url",)),
    Check("migrations", access.migrations, needs=("publishable_key",)),
    Check("tables", access.tables, needs=("migrations",)),
    Check("functions_closed", access.functions_closed, needs=("migrations",)),
    Check("functions", access.functions, needs=("migrations", "secret_key")),
    Check("bucket", storage.bucket, needs=("secret_key",)),
    Check("blobs", storage.blobs, needs=("bucket", "publishable_key")),
    Check("signing_keys", tokens.signing_keys, needs=("url",)),
    Check("issuer", tokens.issuer, needs=("url",)),
)


def check_project(settings: Settings) -> Report:
    """Look at everything that the API and the workers need of the project.

    It changes nothing there: the service's functions are called for a task that is not, and one small
    object is written, read and removed, under a prefix that is no user's.

    Args:
        settings: The project: its address and its keys.

    Returns:
        A finding for each check, in order; without keys or tokens in it.
    """
    with Project(settings) as project:
        return Report(run(CHECKS, project))
