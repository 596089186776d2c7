"""Lists come in pages: a token says where the next one begins, and nobody needs to know how."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import Query

from api.errors import invalid

LARGEST_PAGE = 1000

PageSize = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Most entries of a page.")]
PageToken = Annotated[
    str | None, Query(max_length=100, description="`next_page_token` of the page before; empty: the first page.")
]


def token_of(position: int) -> str:
    """Return the token of a position in a list."""
    return base64.urlsafe_b64encode(b"p%d" % position).rstrip(b"=").decode()


def position_of(token: str | None) -> int | None:
    """Return the position that a token stands for; None for the beginning.

    Raises
    ------
    Problem
        If the token is none of ours.
    """
    if not token:
        return None
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
        if not text.startswith("p") or not text[1:].isdecimal() or len(text) > 19:
            raise ValueError(text)
    except (ValueError, binascii.Error, UnicodeError) as fault:
        raise invalid("#query/page_token", "page_token") from fault
    return int(text[1:])
