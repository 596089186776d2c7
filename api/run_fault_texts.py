"""What a run says that has no result, in English and Chinese."""

from __future__ import annotations

from scenarios.texts import Text

RUN_FAULTS: dict[str, Text] = {
    "interrupted": Text(
        "Several processes stopped while they worked on this run; submit it again.",
        "多个进程在处理此运行时先后停止，请重新提交。",
    ),
    "solver_died": Text(
        "The child process ended before it had a result; maybe it ran out of memory.",
        "子进程未给出结果便已终止；也许是内存不足。",
    ),
    "solver_out_of_memory": Text(
        "The solve needed more memory than a run may use here; try a smaller scenario, or ask for a higher limit.",
        "求解所需内存超过单次运行的上限；请缩小场景，或请管理员提高上限。",
    ),
    "solver_failed": Text(
        "The solver met a fault of its own; the log has it under the id of this run.",
        "求解器自身发生故障，日志中以该运行的编号记录。",
    ),
    "solver_overran": Text(
        "The child process did not keep to its time limit and was ended; no plan could be kept.",
        "子进程超出时间限制，已被终止，未能保留方案。",
    ),
    "solver_unresponsive": Text(
        "The child process did not stop in time after the cancel and was ended; no plan could be kept.",
        "取消后子进程未能及时停止，已被终止，未能保留方案。",
    ),
}
"""What went wrong with a run that has no result."""
