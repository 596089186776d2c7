"""What each issue says, in English and Chinese, with a line that guesses at the cause."""

from __future__ import annotations

from scenarios.check_texts import CHECK_TEXTS
from scenarios.lint_texts import LINT_TEXTS
from scenarios.territory_texts import TERRITORY_TEXTS
from scenarios.texts import IssueText
from scenarios.texts import issue_text as _t

ISSUE_TEXTS: dict[str, IssueText] = {
    # cells and rows
    "missing_value": _t(
        "{column} is missing.",
        "缺少 {column}。",
        "the column has another name, or the row is incomplete.",
        "该列用了别的名称，或该行不完整。",
    ),
    "not_a_number": _t(
        "{column} is not a number: {value!r}.",
        "{column} 不是数字：{value!r}。",
        "a unit or a thousands separator got into the cell.",
        "单元格里混入了单位或千分位符号。",
    ),
    "not_finite": _t(
        "{column} is not a finite number.",
        "{column} 不是有限数值。",
        "a formula failed where the file was made.",
        "生成文件时公式出错。",
    ),
    "below_minimum": _t(
        "{column} is {value}, below the smallest value allowed, {minimum}.",
        "{column} 为 {value}，低于允许的最小值 {minimum}。",
        "a sign is wrong.",
        "符号写反了。",
    ),
    "above_maximum": _t(
        "{column} is {value}, above the largest value allowed, {maximum}.",
        "{column} 为 {value}，高于允许的最大值 {maximum}。",
        "it is in another unit, or in per cent.",
        "使用了其他单位，或写成了百分数。",
    ),
    "not_a_date": _t(
        "{column} is not a date: {value!r}.",
        "{column} 不是日期：{value!r}。",
        "write it as 2026-12-31.",
        "请写成 2026-12-31。",
    ),
    "not_text": _t(
        "{column} is not a text.",
        "{column} 不是文本。",
        "a list or an object stands where one word belongs.",
        "本应是一个词的位置放了列表或对象。",
    ),
    "too_long": _t(
        "{column} has more than {limit:# character|# characters}.",
        "{column} 超过 {limit} 个字符。",
        "a whole document was pasted into the cell.",
        "整篇文档被粘贴到了单元格里。",
    ),
    "not_a_choice": _t(
        "{column} is {value!r}; it can be: {choices}.",
        "{column} 为 {value!r}，可选值：{choices}。",
        "it is spelled differently.",
        "写法不同。",
    ),
    "not_whole": _t(
        "{column} is {value}, not a whole number.",
        "{column} 为 {value}，不是整数。",
        "a decimal point is in the wrong place.",
        "小数点位置有误。",
    ),
    "not_a_mapping": _t(
        "{column} is not a list of name:number pairs: {value!r}.",
        "{column} 不是“名称:数值”列表：{value!r}。",
        "write it as german:2;sap:1.",
        "请写成 german:2;sap:1。",
    ),
    "duplicate_id": _t(
        "The {kind} id {id!r} appears more than once.",
        "{kind} 编号 {id!r} 重复出现。",
        "two exports were joined; keep one row of each.",
        "合并了两次导出；每个编号只保留一行。",
    ),
    "duplicate_column": _t(
        "The column {column!r} appears more than once.",
        "列 {column!r} 重复出现。",
        "rename or remove one of them.",
        "请改名或删除其中一列。",
    ),
    "unknown_column": _t(
        "The column {column!r} of the {kind}s is not known, and no rule or goal uses it.",
        "{kind} 表中的列 {column!r} 未知，也没有规则或目标使用它。",
        "{guess!r} is meant; otherwise it is kept as an extra column.",
        "是指 {guess!r}；否则作为附加列保留。",
    ),
    # files
    "not_found": _t(
        "There is nothing at {file!r}.",
        "{file!r} 不存在。",
        "the name is mistyped, or it lies in another folder.",
        "名称有误，或文件在别的文件夹里。",
    ),
    "unreadable": _t(
        "{file!r} cannot be read.",
        "无法读取 {file!r}。",
        "another program holds it, or reading it is not permitted.",
        "它正被其他程序占用，或没有读取权限。",
    ),
    "unknown_format": _t(
        "{file!r} is of no known format; known are .json, .xlsx, .zip and a folder of tables.",
        "{file!r} 的格式未知；可读取 .json、.xlsx、.zip 和表格文件夹。",
        "the folder that holds it is meant, or it can be saved as .xlsx.",
        "应给出其所在的文件夹，或可另存为 .xlsx。",
    ),
    "empty_file": _t(
        "{file} is empty.",
        "{file} 是空的。",
        "an export stopped before it wrote anything.",
        "导出在写入之前就中断了。",
    ),
    "missing_table": _t(
        "There is no table of {table}.",
        "缺少表 {table}。",
        "its file or sheet has another name; {table} is expected.",
        "文件或工作表用了别的名称；应为 {table}。",
    ),
    "two_tables": _t(
        "There is more than one table of {table}: {files}.",
        "表 {table} 不止一个：{files}。",
        "one of them is left over from an earlier export.",
        "其中一个是以前导出时留下的。",
    ),
    "damaged_file": _t(
        "{file} is damaged, or is no {format} file.",
        "{file} 已损坏，或不是 {format} 文件。",
        "its transfer was cut off, it has a password, or its ending is wrong.",
        "传输中断、文件加密，或扩展名有误。",
    ),
    "undecodable": _t(
        "{file} is text in neither UTF-8 nor GB18030: line {line:d}, byte {byte:d}.",
        "{file} 既不是 UTF-8 也不是 GB18030 文本：第 {line:d} 行，第 {byte:d} 字节。",
        "the file is damaged, or is no text file.",
        "文件已损坏，或不是文本文件。",
    ),
    "mixed_encodings": _t(
        "{file} mixes UTF-8 and GB18030; in the rarer of them: lines {lines}.",
        "{file} 混用了 UTF-8 和 GB18030；较少的一种在第 {lines} 行。",
        "files from two programs were joined; save each as UTF-8 first.",
        "合并了两个程序导出的文件；请先各自存为 UTF-8。",
    ),
    "odd_encoding": _t(
        "{file} is not UTF-8; read as GB18030 it has odd words, such as {sample!r}.",
        "{file} 不是 UTF-8；按 GB18030 读取后出现了奇怪的词，如 {sample!r}。",
        "it is in a Western encoding; save it as UTF-8.",
        "它采用了西文编码；请另存为 UTF-8。",
    ),
    "nul_characters": _t(
        "{file} has NUL characters, first in line {line:d}.",
        "{file} 含有 NUL 字符，首见于第 {line:d} 行。",
        "it is no text file, or is UTF-16 without its mark; save it as UTF-8.",
        "它不是文本文件，或是缺少标记的 UTF-16；请另存为 UTF-8。",
    ),
    "ragged_row": _t(
        "This row has {cells:# cell|# cells}, the header has {headers}.",
        "该行有 {cells} 个单元格，表头有 {headers} 个。",
        "a separator stands in a text without quotes, or the row was cut off.",
        "未加引号的文本中含有分隔符，或该行不完整。",
    ),
    "broken_quotes": _t(
        "From this row on {file} cannot be read: a quoted text is broken.",
        "从该行起无法读取 {file}：带引号的文本有误。",
        "a quotation mark is not closed, or not doubled inside a text.",
        "引号未闭合，或文本内的引号没有写成两个。",
    ),
    "unnamed_column": _t(
        "A column has cells but no header.",
        "有一列包含内容却没有表头。",
        "the header row is incomplete.",
        "表头行不完整。",
    ),
    "unusable_name": _t(
        "No column can be called {column!r}.",
        "列名不能是 {column!r}。",
        "a pattern stands where a name belongs.",
        "列名的位置上写了通配符。",
    ),
    "error_cell": _t(
        "{column} holds an error, such as #N/A.",
        "{column} 的单元格是错误值，如 #N/A。",
        "a lookup or a division failed in the workbook.",
        "工作簿中的查找或除法公式出错。",
    ),
    "bad_json": _t(
        "{file} is not JSON from line {line:d}, column {column:d}, on.",
        "{file} 从第 {line:d} 行第 {column:d} 列起不是有效的 JSON。",
        "a comma or a quotation mark is wrong, the file was cut off, or it is nested too deeply.",
        "逗号或引号有误、文件不完整，或嵌套过深。",
    ),
    "not_a_list": _t(
        "{key} is not a list.",
        "{key} 不是列表。",
        "a single entry stands there without its brackets.",
        "单个条目缺少方括号。",
    ),
    "not_an_object": _t(
        "This entry of {key} is not an object with named fields.",
        "{key} 的这一项不是带字段名的对象。",
        "a bare value stands where a whole row or rule belongs.",
        "本应是一整行或一条规则的位置只有一个值。",
    ),
    "unknown_key": _t(
        "The key {key!r} is not known here.",
        "此处不认识键 {key!r}。",
        "this is meant: {guesses}.",
        "是指：{guesses}。",
    ),
    "duplicate_key": _t(
        "{key} is given more than once.",
        "{key} 重复给出。",
        "an older value was left in; keep one of them.",
        "旧值没有删除；请只保留一个。",
    ),
    "unknown_kind": _t(
        "No entry of {key} is of the kind {kind!r}.",
        "{key} 中没有 {kind!r} 这种类型。",
        "this is meant: {guesses}.",
        "是指：{guesses}。",
    ),
    "invalid_value": _t(
        "{column} is not valid.",
        "{column} 无效。",
        "a value of another type belongs there.",
        "此处应为其他类型的值。",
    ),
    "not_a_selection": _t(
        "{column} is not a selection: {value!r}.",
        "{column} 不是筛选条件：{value!r}。",
        "write it as region=East|North;tier=1.",
        "请写成 region=East|North;tier=1。",
    ),
    "band_total_in_groups": _t(
        "A band over the total of all leads (of: leads) cannot go by groups.",
        "以全部线索总量为基数（of: leads）的公平区间不能再分组。",
        "`of: assigned` is meant: the total of what each group gets.",
        "应为 of: assigned，即各组实际所得的总量。",
    ),
    "share_without_bounds": _t(
        "A share rule has neither a floor nor a ceiling.",
        "份额规则既没有下限也没有上限。",
        "the floor was left out; 0.3 means at least 30%.",
        "漏填了下限；0.3 表示至少 30%。",
    ),
    "share_bounds_crossed": _t(
        "The floor of a share rule is above its ceiling.",
        "份额规则的下限高于上限。",
        "the two are swapped.",
        "两者写反了。",
    ),
    # limits of reading
    "file_too_large": _t(
        "{file} has more than {limit:# byte|# bytes}.",
        "{file} 超过 {limit} 字节。",
        "Parquet holds the same leads in less.",
        "可改用更小的 Parquet 格式。",
    ),
    "too_many_rows": _t(
        "The table of {table} has more than {limit:# row|# rows}.",
        "表 {table} 超过 {limit} 行。",
        "it can be split by region or product.",
        "可按区域或产品拆分。",
    ),
    "too_many_columns": _t(
        "The table of {table} has more than {limit:# column|# columns}.",
        "表 {table} 超过 {limit} 列。",
        "the table lies on its side, or stray cells lie far to the right.",
        "行列颠倒，或右侧很远处有零散的单元格。",
    ),
    "too_many_cells": _t(
        "A sheet of {file} spans more than {limit:# cell|# cells}.",
        "{file} 的一个工作表跨越超过 {limit} 个单元格。",
        "a stray cell lies far below or far to the right.",
        "很远的下方或右侧有零散的单元格。",
    ),
    "too_many_rules": _t(
        "{key} has more than {limit:# entry|# entries}.",
        "{key} 超过 {limit} 条。",
        "many of them differ in one value only, and one selection can hold all the values.",
        "其中许多只有一个值不同，可以合并到一个筛选条件里。",
    ),
    "too_many_entries": _t(
        "{file} holds more than {limit:# file|# files}.",
        "{file} 内超过 {limit} 个文件。",
        "another folder was packed.",
        "打包了别的文件夹。",
    ),
    "archive_too_large": _t(
        "Unpacked, {file} has more than {limit:# byte|# bytes}.",
        "{file} 解压后超过 {limit} 字节。",
        "Parquet holds the same leads in less.",
        "可改用更小的 Parquet 格式。",
    ),
    "archive_ratio": _t(
        "{name!r} in {file} unpacks to more than {limit} times its size.",
        "{file} 中的 {name!r} 解压后超过原大小的 {limit} 倍。",
        "it was made to exhaust the machine that reads it.",
        "它是为耗尽读取者的资源而制作的。",
    ),
    "archive_entry": _t(
        "{name!r} in {file} cannot be unpacked.",
        "无法解压 {file} 中的 {name!r}。",
        "it is damaged, has a password, or is packed in an unusual way.",
        "它已损坏、加密，或采用了少见的压缩方式。",
    ),
    "unsafe_name": _t(
        "{name!r} in {file} points outside the archive.",
        "{file} 中的 {name!r} 指向压缩包之外。",
        "it was packed with full paths; pack the folder itself.",
        "打包时带上了完整路径；请直接打包文件夹。",
    ),
    "more_like_this": _t(
        "{count:# more issue|# more issues} with the code {of!r} {count:is|are} not listed.",
        "另有 {count} 个代码为 {of!r} 的问题未列出。",
        "they have the same cause as the ones listed.",
        "与已列出的问题原因相同。",
    ),
    **CHECK_TEXTS,
    **LINT_TEXTS,
    **TERRITORY_TEXTS,
}
