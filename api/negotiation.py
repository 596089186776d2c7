"""What a client would like: languages, and waiting for an answer."""

from __future__ import annotations

import re

from starlette.requests import Request

from scenarios.texts import Locale

_QUALITY = re.compile(r"\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*$", re.ASCII)
_WAIT = re.compile(r"^\s*wait\s*=\s*\"?(\d{1,18})\"?\s*$", re.ASCII | re.IGNORECASE)


def locale_of_request(request: Request) -> Locale:
    """Return the language of the answer, by `Accept-Language` (RFC 9110); English if neither of ours is asked for."""
    best: tuple[float, Locale] = (0.0, "en")
    for wish in ",".join(request.headers.getlist("accept-language")).split(","):
        found = _QUALITY.search(wish)
        quality = float(found[1]) if found else 1.0
        tag = wish.partition(";")[0].strip().lower()
        language = tag.partition("-")[0]
        if quality > best[0] and language in ("zh", "en", "*"):
            best = (quality, "zh-CN" if language == "zh" else "en")
    return best[1]


def wait_of_request(request: Request) -> int:
    """Return the seconds of `Prefer: wait=N` (RFC 7240); 0 if there is no such wish."""
    for wish in ",".join(request.headers.getlist("prefer")).split(","):
        if found := _WAIT.match(wish):
            return int(found[1])
    return 0
