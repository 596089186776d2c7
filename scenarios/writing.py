"""Writing scenarios and tables: one call for every format, whole files or none."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from scenarios.formats.csv import csv_bytes
from scenarios.formats.folder import HEAD
from scenarios.formats.json import head_bytes, json_bytes
from scenarios.formats.parquet import parquet_bytes
from scenarios.formats.rows import lead_table, rep_table
from scenarios.formats.scenario_book import scenario_bytes, template_bytes
from scenarios.formats.tables import ROW_MODELS
from scenarios.formats.workbook import tables_bytes
from scenarios.model import Scenario
from scenarios.texts import Locale

ScenarioFormat = Literal["json", "xlsx", "csv", "parquet", "zip"]
TableFormat = Literal["csv", "parquet", "xlsx"]

_BY_SUFFIX: dict[str, ScenarioFormat] = {".json": "json", ".xlsx": "xlsx", ".zip": "zip", "": "csv"}
_TABLE_BYTES: dict[str, Callable[[pl.DataFrame], bytes]] = {"csv": csv_bytes, "parquet": parquet_bytes}
_STAMP = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a .zip, so that equal scenarios give equal archives."""


def write(scenario: Scenario, target: str | Path, format: ScenarioFormat | None = None) -> Path:  # noqa: A002
    """Write a scenario so that `read` gives an equal one.

    Parameters
    ----------
    scenario : Scenario
        What to write.
    target : path
        A file, or for ``csv`` and ``parquet`` a folder.
    format : {"json", "xlsx", "csv", "parquet", "zip"}, optional
        Taken from the ending if not given; no ending means a folder of CSV.

    Returns
    -------
    Path
        The target. Each file appears whole or not at all, whenever the process ends. In a folder that is there
        already other files stay as they are, but for tables of the other format.

    Raises
    ------
    ValueError
        If the ending is of no known format, or a workbook cannot hold so many rows.
    """
    path = Path(target)
    format = format or _BY_SUFFIX.get(path.suffix.lower())  # noqa: A001
    match format:
        case "csv" | "parquet":
            _write_folder(path, folder_files(scenario, format))
        case "json" | "xlsx" | "zip":
            write_whole(path, scenario_as_bytes(scenario, format))
        case _:
            raise ValueError(f"no format is known for {path.name!r}; there are json, xlsx, zip, csv and parquet")
    return path


def scenario_as_bytes(scenario: Scenario, format: Literal["json", "xlsx", "zip"]) -> bytes:  # noqa: A002
    """Return what `write` would write to a file, for HTTP."""
    match format:
        case "json":
            return json_bytes(scenario)
        case "xlsx":
            return scenario_bytes(scenario)
        case "zip":
            return _zip_bytes(folder_files(scenario, "csv"))


def write_template(target: str | Path, locale: Locale = "en") -> Path:
    """Write an empty workbook (.xlsx) with every column, its meaning, and the default rules and goals."""
    path = Path(target)
    write_whole(path, template_bytes(locale))
    return path


def table_as_bytes(frame: pl.DataFrame, format: TableFormat, name: str = "table") -> bytes:  # noqa: A002
    """Return any table as a file: numbers exact, and no text that a spreadsheet takes for a formula.

    Parameters
    ----------
    frame : DataFrame
        The table, of texts, numbers, truth values and dates.
    format : {"csv", "parquet", "xlsx"}
        In CSV a risky text gets an apostrophe in front (`scenarios.formats.guard`); the other formats keep texts
        and formulas apart by themselves.
    name : str
        The name of the sheet in a workbook.
    """
    return tables_bytes({name: frame}) if format == "xlsx" else _TABLE_BYTES[format](frame)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it appears whole or not at all: to a sibling first, which then takes its name."""
    sibling = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with sibling.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        sibling.replace(path)
    finally:
        sibling.unlink(missing_ok=True)


def folder_files(scenario: Scenario, format: Literal["csv", "parquet"]) -> dict[str, bytes]:  # noqa: A002
    """Return what `write` would write to a folder, by the names of the files."""
    as_bytes = _TABLE_BYTES[format]
    others = {"links": scenario.links, "travel": scenario.travel}
    return {
        f"leads.{format}": as_bytes(lead_table(scenario)),
        f"reps.{format}": as_bytes(rep_table(scenario)),
        **{f"{name}.{format}": as_bytes(table) for name, table in others.items() if table.height},
        HEAD: head_bytes(scenario),
    }


def _write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder at once, or file by file into one that is there."""
    if path.is_dir():
        for name, data in files.items():
            write_whole(path / name, data)
        for stale in (f"{table}.{form}" for table in ROW_MODELS for form in ("csv", "parquet")):
            if stale not in files:
                (path / stale).unlink(missing_ok=True)
        return
    sibling = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    sibling.mkdir()
    try:
        for name, data in files.items():
            write_whole(sibling / name, data)
        sibling.replace(path)
    finally:
        shutil.rmtree(sibling, ignore_errors=True)


def _zip_bytes(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
