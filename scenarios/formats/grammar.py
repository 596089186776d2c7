"""How texts, lists of words and selections stand in a cell of a workbook: friendly where possible, exact always.

A selection reads `region=East|North;tier=1`, a list of words `leads;hours`. What these forms cannot hold exactly
(a code that looks like a number, a separator inside a word, a blank at an end) is written as JSON instead.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
from pydantic import BaseModel

from scenarios.cleaning import NUMBER, clean_text, is_printable, number_text
from scenarios.headers import column_name
from scenarios.selection import Selection

_NUMBER = re.compile(NUMBER, re.ASCII)
_MARKS = re.compile("[|;=｜；＝]")


def text_cell(text: str) -> str:
    """Return a text as a cell, as it is wherever that is exact; line breaks may stay."""
    line = text.replace("\n", " ")
    return text if text and line == clean_text(line) and not text.startswith('"') else json_cell(text)


def read_text(cell: str) -> str:
    """Return the text of a cell; quotation marks that are no JSON belong to the text."""
    if cell.startswith('"'):
        try:
            text = orjson.loads(cell)
        except orjson.JSONDecodeError:
            return cell
        return text if isinstance(text, str) else cell
    return cell


def words_cell(words: tuple[str, ...]) -> str:
    """Return a list of words as a cell."""
    return ";".join(words) if words and all(map(_plain, words)) else json_cell(words)


def read_words(cell: str) -> list[Any]:
    """Return the words of a cell.

    Raises
    ------
    ValueError
        If it begins like JSON and is none.
    """
    if cell.lstrip().startswith("["):
        words = orjson.loads(cell)
        if not isinstance(words, list):
            raise ValueError("not a list")
        return words
    return [word.strip() for word in cell.replace("；", ";").split(";") if word.strip()]


def column_cell(column: str, model: type[BaseModel]) -> str:
    """Return the name of a column as a cell, so that `read_column` finds it unchanged."""
    return text_cell(column) if column_name(column, model) == column else json_cell(column)


def read_column(cell: str, model: type[BaseModel]) -> str:
    """Return the column that a cell names, in any of the ways in which a header may name it."""
    return read_text(cell) if cell.startswith('"') else column_name(cell, model)


def selection_cell(selection: Selection, model: type[BaseModel]) -> str:
    """Return a selection of rows as a cell."""
    friendly = all(
        _plain(column)
        and column_name(column, model) == column
        and values
        and all(_plain(v) for v in values if isinstance(v, str))
        for column, values in selection.items()
    )
    if not friendly:
        return json_cell(selection)
    return ";".join(f"{column}={'|'.join(map(_value_cell, values))}" for column, values in selection.items())


def read_selection(cell: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the selection of a cell; columns may be named as headers may name them.

    Raises
    ------
    ValueError
        If it is none.
    """
    if cell.lstrip().startswith("{"):
        selection = orjson.loads(cell)
        if not isinstance(selection, dict):
            raise ValueError("not an object")
        return selection
    selection = {}
    for part in cell.replace("；", ";").split(";"):
        if not part.strip():
            continue
        name, equals, values = part.replace("＝", "=").partition("=")
        column = column_name(name, model)
        if not equals or not column or not values.strip() or column in selection:
            raise ValueError("not column=value|value")
        selection[column] = [_read_value(value.strip()) for value in values.replace("｜", "|").split("|")]
    return selection


def read_object(cell: str) -> Any:
    """Return what a cell of JSON holds; a cell that is no JSON is a text."""
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell


def json_cell(value: Any) -> str:
    """Return any value as JSON; characters that a workbook cannot hold are escaped."""
    text = orjson.dumps(value).decode()
    return text if is_printable(text) else json.dumps(value, ensure_ascii=True)


def _plain(word: str) -> bool:
    """Tell whether a text stands for itself inside a list or selection."""
    if not word or word != clean_text(word) or word[0] in "[{":
        return False
    return _MARKS.search(word) is None and _NUMBER.fullmatch(word) is None


def _value_cell(value: str | float) -> str:
    return value if isinstance(value, str) else number_text(value)


def _read_value(value: str) -> str | float:
    return float(value) if _NUMBER.fullmatch(value) else value
