"""What is said of one field of a request, in English and Chinese."""

from __future__ import annotations

from scenarios.texts import Text
from solver.frontier.texts import FAULTS as FRONTIER_FAULTS

FIELD_FAULTS: dict[str, Text] = {
    "missing": Text("This is required.", "此项必填。"),
    "extra_forbidden": Text("There is no such field.", "没有该字段。"),
    "nul": Text("A NUL character cannot be part of it.", "不能包含 NUL 字符。"),
    "repeated": Text("It is given more than once.", "重复给出。"),
    "json_invalid": Text("The body is not valid JSON.", "请求正文不是有效的 JSON。"),
    "literal_error": Text("It must be one of {expected}.", "必须为以下之一：{expected}。"),
    "greater_than": Text("It must be above {gt}.", "必须大于 {gt}。"),
    "greater_than_equal": Text("It must be at least {ge}.", "不得小于 {ge}。"),
    "less_than": Text("It must be below {lt}.", "必须小于 {lt}。"),
    "less_than_equal": Text("It must be at most {le}.", "不得大于 {le}。"),
    "string_pattern_mismatch": Text("It has characters that are not allowed here.", "包含此处不允许的字符。"),
    "string_too_short": Text("It is too short.", "内容过短。"),
    "string_too_long": Text("It has more than {max_length:# character|# characters}.", "超过 {max_length} 个字符。"),
    "too_long": Text("It has more than {max_length:# entry|# entries}.", "超过 {max_length} 项。"),
    "too_short": Text("It has fewer than {min_length:# entry|# entries}.", "少于 {min_length} 项。"),
    "url_invalid": Text(
        "This is no address of the web that webhooks can be sent to: https://, a name, and no password.",
        "这不是可接收 Webhook 的网址：应为 https:// 加主机名，且不含密码。",
    ),
    "https_required": Text("Webhooks are sent by https only.", "Webhook 只通过 https 发送。"),
    "name_unresolved": Text("The name in this address stands for no machine.", "该网址中的主机名无法解析。"),
    "address_not_public": Text(
        "The name in this address stands for a machine that is not in the public internet.",
        "该网址中的主机名指向的机器不在公共互联网上。",
    ),
    "page_token": Text("This is no page token that this list gave out.", "该分页标记并非由此列表给出。"),
    "store_down": Text("The database does not answer.", "数据库没有响应。"),
    "tables_down": Text("The place where big tables are kept does not answer.", "存放大表的位置没有响应。"),
    "no_solver": Text("No process solves what is ordered.", "没有进程在求解已提交的运行。"),
    "worker_down": Text("This process no longer takes part in the work.", "本进程已不再参与处理。"),
    "disk_nearly_full": Text(
        "Only {free:# byte is|# bytes are} free at {place}.", "{place} 仅剩 {free} 字节可用空间。"
    ),
    "similar_name": Text("Maybe {near!r} is meant.", "也许是指 {near!r}。"),
    "patch_not_a_list": Text("A JSON Patch is a list of operations.", "JSON Patch 应为操作列表。"),
    "patch_operation": Text(
        "This is no operation of JSON Patch (RFC 6902).",
        "这不是 JSON Patch（RFC 6902）的操作。",
    ),
    "patch_pointer": Text("This is no JSON pointer (RFC 6901).", "这不是 JSON 指针（RFC 6901）。"),
    "patch_test": Text("The test of {places} did not hold.", "对 {places} 的 test 操作未通过。"),
    "patch_place": Text(
        "In the scenario there is no such place, or it cannot be changed so: {places}.",
        "场景中没有该位置，或不能这样更改：{places}。",
    ),
    "rate_unknown": Text(
        "A limit is written like 100/minute or 5000/hour: up to {most} in up to a day.",
        "限额的写法如 100/minute 或 5000/hour：一天之内至多 {most} 次。",
    ),
    "open_elsewhere": Text(
        "Without keys the service answers only at a loopback name such as localhost, and not through a proxy.",
        "没有密钥时，服务只响应对 localhost 等本机名称的直接请求，不响应经代理的请求。",
    ),
    "credentials_unreadable": Text("This is no key and no token.", "这既不是密钥，也不是令牌。"),
    "key_unknown": Text("There is no such key.", "没有这个密钥。"),
    "key_revoked": Text("The key has been revoked.", "该密钥已被吊销。"),
    "key_expired": Text("The key has expired.", "该密钥已过期。"),
    "token_algorithm": Text(
        "A token is signed with RSA, ECDSA or EdDSA, and with the algorithm of its key.",
        "令牌必须以 RSA、ECDSA 或 EdDSA 签名，且算法与其密钥一致。",
    ),
    "token_signature": Text(
        "The token is not signed with a key of the issuer.",
        "该令牌不是用签发方的密钥签名的。",
    ),
    "token_expired": Text("The token has expired.", "该令牌已过期。"),
    "token_early": Text("The token is not valid yet.", "该令牌尚未生效。"),
    "token_issuer": Text("The token comes from another issuer.", "该令牌由其他签发方签发。"),
    "token_audience": Text("The token is meant for another service.", "该令牌是为其他服务签发的。"),
    "token_claim": Text("The token has no claim {claim} that is of use here.", "该令牌没有此处可用的声明 {claim}。"),
    **FRONTIER_FAULTS,
    "_number": Text("It must be a number.", "必须是数字。"),
    "_integer": Text("It must be a whole number.", "必须是整数。"),
    "_bool": Text("It must be true or false.", "必须是 true 或 false。"),
    "_text": Text("It must be a text.", "必须是文本。"),
    "_object": Text("It must be an object.", "必须是对象。"),
    "_other": Text("This value is not allowed here.", "此处不允许该值。"),
}
"""What is wrong with one field of a request, by the error type of pydantic, or by our own."""
