"""Folders that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from scenarios.texts import Locale, Text

_TEXTS = {
    "a file": Text("{path} is a file; a plan needs a folder of its own.", "{path} 是文件；方案需要单独的文件夹。"),
    "in use": Text(
        "{path} is the folder you are in; choose one of its own for the plan, such as ./plan.",
        "{path} 是当前所在的文件夹；请为方案另选一个文件夹，例如 ./plan。",
    ),
    "not ours": Text(
        "{path} is not empty and holds no earlier plan ({mark}); nothing there is replaced.",
        "{path} 不是空文件夹，也没有先前的方案（{mark}）；其中的内容不会被替换。",
    ),
    "strangers": Text(
        "{path} holds an earlier plan, but also {name}, which would be lost; nothing there is replaced.",
        "{path} 中除先前的方案外还有 {name}，替换会使其丢失；因此不予替换。",
    ),
    "unwritable": Text("{path} cannot be written: {why}.", "无法写入 {path}：{why}。"),
}


class FolderFault(OSError):  # noqa: N818  (the fault is the folder's)
    """A folder that cannot be written, or must not be replaced."""

    def __init__(self, code: str, path: Path, **fields: str) -> None:
        super().__init__(code)
        self.code, self.fields = code, {"path": str(path), **fields}

    def message(self, locale: Locale = "en") -> str:
        """Return what is wrong, in one sentence."""
        return _TEXTS[self.code].format(locale, **self.fields)

    def __str__(self) -> str:
        return self.message()


def check_place(folder: Path, mark: str, ours: Collection[str]) -> None:
    """Make sure, before the work, that a folder can be written.

    Parameters
    ----------
    folder : Path
        It need not exist. One that is there must be empty, or hold the file `mark` and nothing but `ours`.

    Raises
    ------
    FolderFault
    """
    target = folder.resolve()
    if target == Path.cwd():
        raise FolderFault("in use", folder)
    if target.exists() and not target.is_dir():
        raise FolderFault("a file", folder)
    try:
        names = {entry.name for entry in target.iterdir()} if target.exists() else set()
        if names and mark not in names:
            raise FolderFault("not ours", folder, mark=mark)
        if strangers := sorted(names - set(ours)):
            raise FolderFault("strangers", folder, name=strangers[0])
        target.parent.mkdir(parents=True, exist_ok=True)
        _sibling(target).rmdir()
    except FolderFault:
        raise
    except OSError as fault:
        raise FolderFault("unwritable", folder, why=_why(fault)) from fault


@contextmanager
def whole_folder(folder: Path, mark: str, ours: Collection[str]) -> Iterator[Path]:
    """Give a new folder beside `folder` to write to, which takes its name in the end; see `check_place`.

    Whatever happens before the end, a kill included, leaves `folder` as it was. It is then replaced by two
    renames, between which it does not exist.

    Raises
    ------
    FolderFault
        Also in place of any OSError inside.
    """
    check_place(folder, mark, ours)
    target = folder.resolve()
    part: Path | None = None
    try:
        part = _sibling(target)
        yield part
        for file in part.rglob("*"):
            if file.is_file():
                _flush(file)
        _swap(part, target)
    except FolderFault:
        raise
    except OSError as fault:
        raise FolderFault("unwritable", folder, why=_why(fault)) from fault
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _sibling(target: Path) -> Path:
    """Make a new folder beside the target, on the same file system."""
    sibling = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    sibling.mkdir()
    return sibling


def _swap(part: Path, target: Path) -> None:
    if not target.exists():
        part.rename(target)
        return
    old = target.with_name(f"{part.name}.old")
    target.rename(old)
    try:
        part.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flush(file: Path) -> None:
    """Wait until a file is on the disk."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _why(fault: OSError) -> str:
    return fault.strerror or str(fault)
