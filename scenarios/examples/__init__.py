"""Bundled scenarios, small enough to read, each built to show something."""

from __future__ import annotations

from importlib.resources import as_file, files

import orjson

from scenarios.model import Scenario
from scenarios.reading import read
from scenarios.texts import Text

EXAMPLES: dict[str, Text] = {
    "first-cycle": Text(
        "One week of new business for eight sellers in three regions: skills, home regions, hours, owners "
        "who should keep their leads, and a fair share of the value for everybody. One lead asks for a "
        "language that nobody in its region speaks; another is not worth its hours.",
        "三个区域、八位销售的一周新线索：技能、所属区域、工时、归属延续，以及按工作时间划分的金额公平区间。"
        "其中一条线索要求的语言在其区域内无人掌握，另一条则不值得投入所需的工时。",
    ),
    "chinese-b2b": Text(
        "A month of a Chinese business-to-business vendor, in Chinese: regions, industries, leads recycled "
        "from the public pool, protection periods, corporate families, competitors and a channel partner "
        "with a floor.",
        "一家国内企业服务厂商的月度分配：大区、行业、公海回收线索、保护期、集团客户、竞品隔离，以及有份额下限的渠道伙伴。",
    ),
    "channel-against-direct": Text(
        "Direct sellers and partners under the same rules: registered deals are protected until their date, "
        "named accounts belong to direct sellers, and partners get at least half of the leads but at most a "
        "quarter of the value.",
        "直销与渠道伙伴适用同一套规则：已报备的商机在期限内受保护，指名客户归直销，"
        "渠道至少获得一半线索，但金额不超过四分之一。",
    ),
    "ramping-reps": Text(
        "A quarter with newcomers at part speed, a part-timer, somebody who leaves, somebody on leave, and "
        "seniors who carry a book already: fair targets follow working time, presence and ramp-up.",
        "一个季度里有新人爬坡、有人兼职、有人离职、有人休假，资深销售手上已有客户："
        "公平目标随工作时间、在岗天数与爬坡进度而定。",
    ),
    "scarce-languages": Text(
        "An export desk on which one seller alone speaks Japanese, and five Japanese leads ask for more "
        "hours than there are: what a scarce skill is worth, and which lead has to wait.",
        "外贸团队中只有一位销售会日语，而五条日语线索所需的工时超过其容量：稀缺技能值多少，哪条线索只能等待。",
    ),
    "infeasible-two-ways": Text(
        "Two rules that cannot both hold: four accounts promised to everybody, and at most two changes of "
        "owner, where a newcomer needs three. No plan exists, and there are exactly two cheapest ways out.",
        "两条规则无法同时成立：承诺每人至少四个客户，又规定最多两个客户变更归属人，而新人还差三个。"
        "没有可行方案，代价最小的出路恰有两条。",
    ),
    "quarter-accounts": Text(
        "The accounts of a quarter, re-balanced with as little unrest as possible: even workload within "
        "10 %, at most eight changes of owner, families together, competing airlines apart, short ways, and "
        "a good share for the worst-off.",
        "在尽量少变动的前提下重新平衡一个季度的客户：工作量偏差不超过 10 %，最多八个客户变更归属人，"
        "同组客户不拆分，互为竞品的航空公司相互隔离，路程要短，并照顾份额最低的销售。",
    ),
    "tiers-first": Text(
        "Recalls before contracts that end before new business: three priority tiers, and the largest deal "
        "of all in the last of them.",
        "召回优先于到期合同，到期合同优先于新业务：三个优先级，而金额最大的一单恰在最后一级。",
    ),
    "us-counties": Text(
        "The 3,100 counties of the contiguous United States into 30 territories in one piece each, even in population "
        "and labour force: for `plumbline rebalance`. Public facts of the Census Bureau and the Bureau of Labor "
        "Statistics.",
        "把美国本土约 3,100 个县划分为 30 个连成一片、人口与劳动力均衡的区域，用于 `plumbline rebalance`。"
        "数据为美国人口普查局与劳工统计局的公开资料。",
    ),
    "china-prefectures": Text(
        "The prefectures of China, in Chinese, into twelve sales regions in one piece each, even in city population, "
        "given as points and links: for `plumbline rebalance`. City populations of GeoNames (CC BY 4.0).",
        "把全国地级行政区划分为十二个连成一片、城市人口均衡的销售大区，以点和相邻关系表示，用于 `plumbline rebalance`。"
        "城市人口来自 GeoNames（CC BY 4.0）。",
    ),
}
"""The examples by name, in the order in which they are listed, each with a paragraph for the reader."""


def example(name: str) -> Scenario:
    """Return a bundled scenario.

    Raises
    ------
    ValueError
        If there is none of that name; see `EXAMPLES`.
    """
    if name not in EXAMPLES:
        raise ValueError(f"there is no example {name!r}; there are: {', '.join(EXAMPLES)}")
    single = files(__package__) / f"{name}.json"
    if single.is_file():
        return Scenario(**orjson.loads(single.read_bytes()))
    with as_file(files(__package__) / name) as folder:
        return read(folder)
