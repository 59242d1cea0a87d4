"""The workbench in Jupyter: progress views, cards, tables, and the ``%wb`` magic.

``%load_ext workbench.notebook`` loads the magic; nothing here needs IPython to be imported.
"""

from __future__ import annotations

from typing import Any

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Register ``%wb`` and ``%%wb``."""
    from workbench.notebook.magics import WorkbenchMagics, as_message

    shell.register_magics(WorkbenchMagics)
    if as_message not in shell.input_transformers_cleanup:  # the extension may be loaded again
        shell.input_transformers_cleanup.append(as_message)
