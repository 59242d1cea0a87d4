"""What web addresses carry in their query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.transformations.fields import NamedText, shown
from workbench.transformations.text.calls import Call, written
from workbench.transformations.text.columns import OfOneColumn

__all__ = ["ExtractUrlParameter"]


class ExtractUrlParameter(OfOneColumn):
    """Extract the value of one parameter of the query of a web address; null where it is not there.

    Of https://www.acme.org/shop?id=1&q=two+words#top the parameter q is "two words": what is encoded with
    percent signs, and spaces as plus signs, is decoded. Of a parameter that is there twice the first counts.

    Say: extract the url parameter "utm_source" of notes as source
    """

    example: ClassVar[Mapping[str, Any]] = {"column": "notes", "into": "source", "parameter": "utm_source"}
    kind: Literal["extract_url_parameter"] = "extract_url_parameter"
    parameter: NamedText = Field(description="the name of the parameter, as it stands")

    def calls(self) -> tuple[Call, ...]:
        # Not behind the "#": what stands there is no query.
        return (
            Call("extract", (rf"\A[^#]*?[?&]{re.escape(self.parameter)}=([^&#\s]*)",), {"expand": False}),
        )

    def what(self) -> str:
        return f"the URL parameter {self.parameter!r} of {shown(self.column)}"

    def to_pandas(self) -> str:
        found = f"df[{self.column!r}].astype('str'){written(self.calls())}"
        return (
            "from urllib.parse import unquote_plus\n"
            f"df[{self.into!r}] = {found}.map(unquote_plus, na_action='ignore').astype('str')"
        )
