"""The words of the synthetic markets, in English and in Chinese."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The names that a market uses; regions come with latitude and longitude, the most common first."""

    description: str
    currency: str
    unit: float
    """Value of a typical small lead, in the currency."""
    rep: str
    direct_team: str
    partner_team: str
    regions: tuple[tuple[str, float, float], ...]
    segments: tuple[str, str, str, str]
    industries: tuple[str, ...]
    products: tuple[str, ...]
    skills: tuple[str, ...]
    graders: tuple[str, str]


ENGLISH = Words(
    description=(
        "A quarter of a European sales force: few large deals among many small ones, crowded regions, "
        "scarce skills, part-time and new reps, partners beside direct sellers, customers with an owner, "
        "families and competitors."
    ),
    currency="EUR",
    unit=6_000.0,
    rep="rep-{:03d}",
    direct_team="Direct {}",
    partner_team="Partners",
    regions=(
        ("DACH", 50.1, 8.7),
        ("UK and Ireland", 51.5, -0.1),
        ("France", 48.9, 2.4),
        ("Benelux", 51.9, 4.5),
        ("Italy", 45.5, 9.2),
        ("Nordics", 59.3, 18.1),
        ("Iberia", 40.4, -3.7),
        ("Poland", 52.2, 21.0),
    ),
    segments=("Small", "Mid-market", "Enterprise", "Public sector"),
    industries=("Retail", "Manufacturing", "Software", "Health", "Logistics", "Energy", "Finance"),
    products=("Starter", "Suite", "Analytics", "Security", "Integration"),
    skills=("german", "french", "security", "italian", "swedish", "health-records", "polish", "sap"),
    graders=("scoring model", "outside assessor"),
)

CHINESE = Words(
    description=(
        "国内企业销售团队的一个季度：少量大单与大量小单并存，区域分布不均，部分技能稀缺，"
        "有兼职和新入职的销售，直销与渠道伙伴并行，部分客户已有归属人，另有集团客户组和互为竞争对手的客户。"
    ),
    currency="CNY",
    unit=50_000.0,
    rep="销售{:03d}",
    direct_team="{}直销部",
    partner_team="渠道伙伴",
    regions=(
        ("华东", 31.2, 121.5),
        ("华南", 23.1, 113.3),
        ("华北", 39.9, 116.4),
        ("华中", 30.6, 114.3),
        ("西南", 30.7, 104.1),
        ("东北", 41.8, 123.4),
        ("西北", 34.3, 108.9),
    ),
    segments=("小微企业", "中型企业", "大型企业", "政府及事业单位"),
    industries=("零售", "制造", "互联网", "医疗", "物流", "能源", "金融"),
    products=("标准版", "专业版", "数据分析", "信息安全", "系统集成"),
    skills=("英语", "等保测评", "日语", "ERP实施", "医疗信息化", "韩语", "信创适配", "招投标"),
    graders=("评分模型", "第三方评估"),
)
