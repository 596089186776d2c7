"""What each problem says, in English and Chinese, with the HTTP status it is answered with."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.texts import Text


@dataclass(frozen=True)
class ProblemText:
    """Status, title (the same for every occurrence) and detail (of this one) of a problem."""

    status: int
    title: Text
    detail: Text


def _p(status: int, title: tuple[str, str], detail: tuple[str, str]) -> ProblemText:
    return ProblemText(status, Text(*title), Text(*detail))


PROBLEMS: dict[str, ProblemText] = {
    "body_unreadable": _p(
        400,
        ("The body cannot be read", "无法读取请求正文"),
        ("The body is not the JSON that its content type announces.", "请求正文不是其内容类型所声明的 JSON。"),
    ),
    "body_damaged": _p(
        400,
        ("The body cannot be unpacked", "无法解压请求正文"),
        ("The body is not what its content encoding, {encoding}, announces.", "请求正文与其内容编码 {encoding} 不符。"),
    ),
    "request_malformed": _p(
        400,
        ("This is no HTTP request", "不是有效的 HTTP 请求"),
        ("The request cannot be read as HTTP/1.1.", "无法按 HTTP/1.1 读取该请求。"),
    ),
    "credentials_missing": _p(
        401,
        ("Who is calling?", "请表明身份"),
        (
            "Send a key or a token: `Authorization: Bearer ...`, or a key as `X-API-Key`.",
            "请提供密钥或令牌：`Authorization: Bearer ...`，或以 `X-API-Key` 提供密钥。",
        ),
    ),
    "credentials_invalid": _p(
        401,
        ("The credentials are not accepted", "凭据未被接受"),
        ("This key or token opens nothing; `errors` says why.", "该密钥或令牌无效，原因见 errors。"),
    ),
    "scope_too_small": _p(
        403,
        ("The scope is too small", "权限不足"),
        (
            "This takes the scope {needed}; the caller has {given}.",
            "此操作需要权限 {needed}，而调用者的权限为 {given}。",
        ),
    ),
    "api_key_not_found": _p(
        404,
        ("No such key", "密钥不存在"),
        ("There is no key {id}.", "没有密钥 {id}。"),
    ),
    "not_found": _p(
        404,
        ("Not found", "未找到"),
        ("There is nothing at this address.", "该地址下没有任何内容。"),
    ),
    "scenario_not_found": _p(
        404,
        ("No such scenario", "场景不存在"),
        ("There is no scenario {id}.", "没有场景 {id}。"),
    ),
    "run_not_found": _p(
        404,
        ("No such run", "运行不存在"),
        ("There is no run {id}.", "没有运行 {id}。"),
    ),
    "frontier_not_found": _p(
        404,
        ("No such frontier", "公平曲线不存在"),
        (
            "The run {id} has no frontier: it is of another kind, has not ended, or failed.",
            "运行 {id} 没有公平曲线：它属于其他类型、尚未结束或已失败。",
        ),
    ),
    "plan_not_found": _p(
        404,
        ("No such plan", "方案不存在"),
        ("There is no plan {id}.", "没有方案 {id}。"),
    ),
    "lead_not_found": _p(
        404,
        ("No such lead", "线索不存在"),
        ("The plan has no lead {id}.", "方案中没有线索 {id}。"),
    ),
    "webhook_not_found": _p(
        404,
        ("No such webhook", "Webhook 不存在"),
        ("There is no webhook {id}.", "没有 Webhook {id}。"),
    ),
    "delivery_not_found": _p(
        404,
        ("No such delivery", "投递记录不存在"),
        ("The webhook has no delivery {id}.", "该 Webhook 没有投递记录 {id}。"),
    ),
    "webhook_disabled": _p(
        409,
        ("The webhook is disabled", "Webhook 已停用"),
        (
            "Nothing is sent to the webhook {id}; enable it first.",
            "Webhook {id} 已停用，不会发送任何内容；请先启用。",
        ),
    ),
    "too_many_webhooks": _p(
        409,
        ("There are too many webhooks", "Webhook 过多"),
        ("There are {limit:# webhook|# webhooks} already; delete one.", "已有 {limit} 个 Webhook，请先删除一个。"),
    ),
    "rep_not_found": _p(
        404,
        ("No such rep", "销售不存在"),
        ("The plan has no rep {id}.", "方案中没有销售 {id}。"),
    ),
    "nothing_assigned": _p(
        409,
        ("There are no assignments", "没有分配结果"),
        (
            "The status of {id} is {status}: it assigns nobody, so that there is nothing to list or explain.",
            "{id} 的状态为 {status}：没有任何分配，因而没有可列出或解释的内容。",
        ),
    ),
    "method_not_allowed": _p(
        405,
        ("Method not allowed", "不支持该方法"),
        ("This address does not take {method}.", "该地址不接受 {method} 方法。"),
    ),
    "request_in_progress": _p(
        409,
        ("The same request is still being worked on", "相同的请求仍在处理中"),
        (
            "A request with this Idempotency-Key has not been answered yet; ask again in a moment.",
            "使用此 Idempotency-Key 的请求尚未得到答复，请稍后再试。",
        ),
    ),
    "body_too_slow": _p(
        408,
        ("The body came too slowly", "请求正文传输过慢"),
        (
            "The body did not come within the time that it may take; send it again, packed or over a better line.",
            "请求正文未能在允许的时间内传完；请压缩后或换用更好的网络重新发送。",
        ),
    ),
    "request_too_slow": _p(
        408,
        ("The request came too slowly", "请求传输过慢"),
        ("The head of the request did not come in time.", "请求头未能及时到达。"),
    ),
    "body_too_large": _p(
        413,
        ("The body is too large", "请求正文过大"),
        (
            "The body has more than {limit:the # byte that is|the # bytes that are} accepted here.",
            "请求正文超过此处允许的 {limit} 字节。",
        ),
    ),
    "address_too_long": _p(
        414,
        ("The address is too long", "请求地址过长"),
        ("The address and its query are longer than the service reads.", "请求地址及其查询参数超过服务可读取的长度。"),
    ),
    "encoding_unknown": _p(
        415,
        ("This content encoding is not accepted", "不接受该内容编码"),
        ("The content encoding is {given}; accepted are: {accepted}.", "内容编码为 {given}；可接受的有：{accepted}。"),
    ),
    "media_type_unknown": _p(
        415,
        ("This content type is not accepted", "不接受该内容类型"),
        ("The content type is {given}; accepted are: {accepted}.", "内容类型为 {given}；可接受的有：{accepted}。"),
    ),
    "request_invalid": _p(
        422,
        ("The request is not valid", "请求无效"),
        (
            "{count:# thing in the request is|# things in the request are} wrong; see `errors`.",
            "请求中有 {count} 处错误，详见 errors。",
        ),
    ),
    "no_territories": _p(
        404,
        ("No such territories", "区域方案不存在"),
        (
            "The plan {id} is no plan of territories: it has no map and no change lists.",
            "方案 {id} 不是区域方案：没有地图和变更清单。",
        ),
    ),
    "scenario_invalid": _p(
        422,
        ("The scenario is not valid", "场景无效"),
        (
            "The scenario has {count:# error|# errors}; `errors` lists every issue with its place.",
            "场景有 {count} 处错误；errors 列出了每个问题及其位置。",
        ),
    ),
    "kind_not_available": _p(
        422,
        ("This kind of run is not available for the scenario", "该场景不支持这类运行"),
        (
            "Runs of the kind {kind} cannot take this scenario: only rebalance draws territories in one piece, and "
            "finds a place for a rep without one.",
            "{kind} 类运行不支持该场景：只有 rebalance 能划分连成一片的区域，并为没有位置的销售选址。",
        ),
    ),
    "patch_failed": _p(
        422,
        ("The patch cannot be applied", "无法应用补丁"),
        (
            "The operation at index {index:d} cannot be applied to the scenario.",
            "下标为 {index:d} 的操作无法应用于该场景。",
        ),
    ),
    "patch_too_large": _p(
        422,
        ("The patch makes the scenario too large", "补丁使场景过大"),
        (
            "With the patch the scenario would have more than {limit:# byte|# bytes}.",
            "应用补丁后场景将超过 {limit} 字节。",
        ),
    ),
    "export_too_large": _p(
        422,
        ("The plan is too large for this format", "方案过大，无法使用该格式"),
        (
            "A sheet holds {limit:# row|# rows}; take csv or parquet.",
            "一个工作表最多 {limit} 行，请改用 csv 或 parquet。",
        ),
    ),
    "plans_not_comparable": _p(
        422,
        ("These plans cannot be compared", "两个方案无法比较"),
        ("The two plans are not about the same leads.", "两个方案涉及的线索不同。"),
    ),
    "key_reused": _p(
        422,
        ("The Idempotency-Key belongs to another request", "Idempotency-Key 已用于另一请求"),
        (
            "This Idempotency-Key was used for a request with another address or body; take a new one.",
            "此 Idempotency-Key 已用于地址或正文不同的请求，请换用新的键。",
        ),
    ),
    "key_invalid": _p(
        422,
        ("The Idempotency-Key is not valid", "Idempotency-Key 无效"),
        (
            "An Idempotency-Key has 1 to 255 printable ASCII characters.",
            "Idempotency-Key 应为 1 至 255 个可打印的 ASCII 字符。",
        ),
    ),
    "queue_full": _p(
        429,
        ("Too many runs are waiting", "排队的运行过多"),
        ("{limit:# run is|# runs are} waiting already; try again later.", "已有 {limit} 个运行在排队，请稍后再试。"),
    ),
    "head_too_large": _p(
        431,
        ("The headers are too large", "请求头过大"),
        ("The headers of the request are longer than the service reads.", "请求头超过服务可读取的长度。"),
    ),
    "too_many_requests": _p(
        429,
        ("Too many requests", "请求过多"),
        (
            "The limit is {limit}; try again in {seconds:# second|# seconds}.",
            "限额为 {limit}，请在 {seconds} 秒后再试。",
        ),
    ),
    "too_many_failures": _p(
        429,
        ("Too many wrong credentials", "错误凭据过多"),
        (
            "Too many wrong keys or tokens came from this address; try again in {seconds:# second|# seconds}.",
            "来自该地址的错误密钥或令牌过多，请在 {seconds} 秒后再试。",
        ),
    ),
    "internal": _p(
        500,
        ("Something went wrong on our side", "服务内部出错"),
        (
            "The fault has been written to the log under incident {incident}.",
            "该故障已记入日志，事件编号为 {incident}。",
        ),
    ),
    "helper_died": _p(
        500,
        ("The process that worked on this ended", "处理该请求的进程已终止"),
        (
            "The child process ended before it had an answer; the log has the reason under incident {incident}.",
            "子进程未给出答复便已终止；原因已记入日志，事件编号为 {incident}。",
        ),
    ),
    "no_room": _p(
        503,
        ("No room for the body", "没有空间存放请求正文"),
        (
            "The service has no room to take in a body of this size now; try again later.",
            "服务目前没有空间接收如此大小的请求正文，请稍后再试。",
        ),
    ),
    "too_many_connections": _p(
        503,
        ("Too many connections", "连接过多"),
        ("The service takes no more connections now; try again in a moment.", "服务暂不接受更多连接，请稍后再试。"),
    ),
    "store_unavailable": _p(
        503,
        ("The store does not answer", "存储不可用"),
        (
            "What is kept cannot be read or written now; nothing was changed. Try again in a moment.",
            "目前无法读写存储的内容；未作任何更改。请稍后再试。",
        ),
    ),
    "issuer_unavailable": _p(
        503,
        ("The issuer of the tokens does not answer", "令牌签发方没有响应"),
        ("The token cannot be verified at the moment; try again later.", "目前无法验证令牌，请稍后再试。"),
    ),
    "not_ready": _p(
        503,
        ("Not ready", "尚未就绪"),
        ("The service is not ready: {reason}.", "服务尚未就绪：{reason}。"),
    ),
}
