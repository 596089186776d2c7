"""Builds the bundled examples of territories from public tables: `python -m benchmarks.territory_examples FOLDER`.

FOLDER holds `geo_us` (counties and their neighbours: names, centres and adjacency of the United States Census Bureau,
labour force of the Bureau of Labor Statistics; public domain) and `geo_cn` (prefectures: names, places and neighbours,
and city populations of GeoNames, CC BY 4.0). What is written are facts in a form of our own: one row a unit.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from scenarios import Rep, Scenario, write
from scenarios.goals import Travel
from scenarios.rules import Band, Contiguity
from solver.pairs import Floats, unit_vectors

EXAMPLES = Path(__file__).parents[1] / "scenarios" / "examples"
FAR = ("Alaska", "Hawaii")
SEATS, OFFICES = 30, 12

US = (
    "The counties of the contiguous United States, to be drawn into 30 territories: in one piece each, even in "
    "population and in labour force within 10 %, with the people near the middle of their territory. Today the "
    "territories are whole states, small ones joined with a neighbour, seat-1 to seat-9 like the others, and of very "
    "different size. Counties, centres, populations (estimate of 2019) and neighbours: United States Census Bureau; "
    "labour force (2009): Bureau of Labor Statistics; both public domain. Islands are linked with the nearest county."
)
CN = (
    "把全国地级行政区划分为十二个销售大区：每个大区连成一片，城市人口与平均值相差不超过 15 %，并尽量靠近大区中心。"
    "大区-1 至大区-9 及其余各区目前都没有归属，中心由求解确定。单元以点和相邻关系表示，不画任何边界；"
    "岛屿与最近的单元相连。城市人口来自 GeoNames（CC BY 4.0），未收录者留空，按零计；行政区名称与代码为公开信息。"
)


def main() -> None:
    """Write both examples."""
    folder = Path(sys.argv[1])
    for name, scenario in (
        ("us-counties", united_states(folder / "geo_us")),
        ("china-prefectures", china(folder / "geo_cn")),
    ):
        write(scenario, EXAMPLES / name, "csv")
        print(name, scenario.leads.height, "units", scenario.links.height, "links")


def united_states(folder: Path) -> Scenario:
    """Return the counties, with whole states for today's territories."""
    texts = {"fips": pl.String, "fips_a": pl.String, "fips_b": pl.String, "state_fips": pl.String}
    counties = pl.read_csv(folder / "counties.csv", schema_overrides=texts)
    counties = counties.filter(~pl.col("state").is_in(FAR)).sort("fips")
    counties = counties.filter(pl.col("population_2019_est").is_not_null() & pl.col("lat").is_finite())
    pairs = pl.read_csv(folder / "county_adjacency_census.csv", schema_overrides=texts)
    links = _linked(counties["fips"].to_list(), counties.select("lat", "lon").to_numpy(), pairs.rows())
    state = dict(counties.select("fips", "state").iter_rows())
    people: dict[str, int] = defaultdict(int)
    for name, count in counties.select("state", "population_2019_est").iter_rows():
        people[name] += count
    group = _joined(people, {(state[a], state[b]) for a, b in links}, SEATS)
    order = {name: f"seat-{k}" for k, name in enumerate(dict.fromkeys(group[s] for s in sorted(people)), 1)}
    leads = [
        {
            "id": row["fips"],
            "name": f"{row['name']}, {row['state']}",
            "region": row["state"],
            "lat": round(row["lat"], 3),
            "lon": round(row["lon"], 3),
            "population": float(row["population_2019_est"]),
            "labor_force": float(row["labor_force_2009"] or 0),
            "owner": order[group[row["state"]]],
        }
        for row in counties.iter_rows(named=True)
    ]
    return Scenario(
        name="US counties into 30 territories",
        description=US,
        rules=(
            Contiguity(name="One piece each"),
            Band(name="Even population", metric="population", tolerance=0.1),
            Band(name="Even labour force", metric="labor_force", tolerance=0.1),
        ),
        goals=(Travel(weight=1e-6, weighted_by="population"),),
        reps=tuple(Rep(id=seat) for seat in order.values()),
        leads=leads,
        links=links,
    )


def china(folder: Path) -> Scenario:
    """Return the prefectures, with seats for twelve regions."""
    units = pl.read_csv(folder / "prefectures.csv", schema_overrides={"adcode": pl.String})
    people = dict(
        pl.read_csv(folder / "prefecture_geonames_population.csv").select("id", "city_population_geonames").iter_rows()
    )
    units = units.with_columns(pl.coalesce("adcode", "name_map").alias("code"))
    code = dict(units.select("id", "code").iter_rows())
    pairs = pl.read_csv(folder / "prefecture_adjacency.csv").select("id_a", "id_b").rows()
    leads: list[dict[str, Any]] = [
        {
            "id": row["code"],
            "name": row["name_full"] or row["name_map"],
            "region": row["province"],
            "lat": round(row["lat"], 3),
            "lon": round(row["lon"], 3),
            "population": people.get(row["id"]),
        }
        for row in units.iter_rows(named=True)
    ]
    return Scenario(
        name="中国地级行政区划分为十二个大区",
        description=CN,
        rules=(Contiguity(name="连成一片"), Band(name="人口均衡", metric="population", tolerance=0.15)),
        goals=(Travel(weight=1e-6, weighted_by="population"),),
        reps=tuple(Rep(id=f"大区-{k}") for k in range(1, OFFICES + 1)),
        leads=leads,
        links=_linked(
            units["code"].to_list(), units.select("lat", "lon").to_numpy(), [(code[a], code[b]) for a, b in pairs]
        ),
    )


def _linked(ids: list[str], places: Floats, pairs: list[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """Return each pair of known units once, and a link between each island and what is nearest to it."""
    index = {name: k for k, name in enumerate(ids)}
    links = {(min(a, b), max(a, b)) for a, b in pairs if a in index and b in index and a != b}
    spots = unit_vectors(places[:, 0], places[:, 1])
    while True:
        ends = np.array([(index[a], index[b]) for a, b in sorted(links)]).T
        graph = sparse.coo_matrix((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(len(ids), len(ids)))
        count, part = connected_components(graph, directed=False)
        if count == 1:
            return sorted(links)
        island = part == np.bincount(part).argmin()
        near = ((spots[island][:, None] - spots[~island][None]) ** 2).sum(axis=2)
        k, other = np.unravel_index(near.argmin(), near.shape)
        a, b = ids[np.flatnonzero(island)[k]], ids[np.flatnonzero(~island)[other]]
        links.add((min(a, b), max(a, b)))


def _joined(people: dict[str, int], borders: set[tuple[str, str]], most: int) -> dict[str, str]:
    """Return the group of each state: the smallest group joins its smallest neighbour until few enough are left."""
    group, size = {name: name for name in people}, dict(people)
    while len(size) > most:
        beside: dict[str, set[str]] = defaultdict(set)
        for a, b in borders:
            if group[a] != group[b]:
                beside[group[a]].add(group[b])
                beside[group[b]].add(group[a])
        least = min(size, key=lambda name: (size[name], name))
        host = min(beside[least], key=lambda name: (size[name], name))
        size[host] += size.pop(least)
        group = {name: host if mine == least else mine for name, mine in group.items()}
    return group


if __name__ == "__main__":
    main()
