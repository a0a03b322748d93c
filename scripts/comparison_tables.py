"""The tables of docs/explain/systems.md, from benchmarks/results; called by results_tables.py."""

from __future__ import annotations

from typing import Any

from lgescar.evaluate.table import interval, p_value

Row = dict[str, Any]
COLUMNS = (
    ("Dice", ("dice_scar",), 3),
    ("HD", ("hausdorff_slices_scar_mm", "hausdorff_slices_scar_px"), 1),
    ("HD95", ("hausdorff_95_slices_scar_mm", "hausdorff_95_slices_scar_px"), 1),
    ("AS", ("area_similarity_scar",), 3),
    ("PS", ("perimeter_similarity_scar",), 3),
)
"""Words, the metric in the units it may have, decimals."""


def systems_with_scar(stored: Row, cohort: str) -> str:
    """A row a system: how right the scar of patients with scar is."""
    rows = []
    for system in stored["systems"].values():
        part = system["cohorts"][cohort]
        cells = [_spread(part["with_scar"], metrics, places) for _, metrics, places in COLUMNS]
        missed = part["outcomes"]["missed"]
        rows.append(f"| {system['system']} | {_boxes(system)} | {' | '.join(cells)} | {missed} |")
    heads = [f"{words}{_unit(stored, cohort, metrics)}" for words, metrics, _ in COLUMNS]
    first = next(iter(stored["systems"].values()))["cohorts"][cohort]["with_scar"]["dice_scar"]
    return "\n".join(
        [
            f"| {cohort}, {first['patients']} patients with scar | boxes | {' | '.join(heads)} "
            "| missed |",
            "|---|---|" + "---|" * (len(COLUMNS) + 1),
            *rows,
        ]
    )


def systems_without_scar(stored: Row) -> str:
    """A row a system: what it sees in hearts without scar."""
    rows = [
        "| system | boxes | hearts without scar | given scar | over 2 % of the wall "
        "| scar, % of LV |",
        "|---|---|---|---|---|---|",
    ]
    for system in stored["systems"].values():
        parts = [p for p in system["cohorts"].values() if sum(_free(p).values())]
        for part in parts:
            free = _free(part)
            percent = _spread(part["without_scar"], ("scar_percent_predicted",), 1)
            rows.append(
                f"| {system['system']} | {_boxes(system)} | {sum(free.values())} "
                f"| {free['invented']} | {part['invented_over_2_percent']} | {percent} |"
            )
    return "\n".join(rows)


def contrasts(stored: Row) -> str:
    """A row a pair of systems: Dice of scar, a pair a patient."""
    rows = [
        "| cohort | Dice of scar: second minus first | patients | difference (95 % interval) "
        "| signed-rank p, uncorrected |",
        "|---|---|---|---|---|",
    ]
    for pair in stored["contrasts"]:
        first, second = (stored["systems"][pair[end]]["system"] for end in ("first", "second"))
        rows.append(
            f"| {pair['cohort']} | {second} minus {first} | {pair['patients']} "
            f"| {pair['difference']:+.3f} ({interval(pair['interval'], 3)}) "
            f"| {p_value(pair['p'])} |"
        )
    return "\n".join(rows)


def budgets(stored: Row) -> str:
    """A row a training run: how long it was trained."""
    rows = ["| run (recipe) | length | minutes |", "|---|---|---|"]
    for run, spent in stored["budgets"].items():
        length = next(f"{v} {k}" for k, v in spent.items() if k != "seconds")
        rows.append(f"| {run} | {length} | {spent['seconds'] / 60:.0f} |")
    return "\n".join(rows)


def detectors(stored: Row) -> str:
    """A row a detector."""
    sizes = next(iter(stored["detectors"].values()))["by_size"]
    heads = [f"{_range(s)} ({s['lesions']})" for s in sizes]
    rows = [
        f"| detector | AP50 | recall | {' | '.join(heads)} | boxes a slice | patients missed "
        "| scar-free patients given a box |",
        "|---|---|---|" + "---|" * (len(sizes) + 3),
    ]
    for name, found in stored["detectors"].items():
        by_size = [_share(s["found"], s["lesions"]) for s in found["by_size"]]
        outcomes = found["outcomes"]
        free = outcomes.get("invented", 0) + outcomes.get("clear", 0)
        scarred = outcomes.get("found", 0) + outcomes.get("missed", 0)
        rows.append(
            f"| {name} | {found['ap50']:.2f} | {found['recall']:.2f} | {' | '.join(by_size)} "
            f"| {found['boxes_a_slice']:.1f} | {outcomes.get('missed', 0)} of {scarred} "
            f"| {outcomes.get('invented', 0)} of {free} |"
        )
    return "\n".join(rows)


def sam_training(stored: Row) -> str:
    """A row an input size and mode."""
    rows = [
        "| SAM ViT-B at | trained | parameters trained | images a second | peak memory |",
        "|---|---|---|---|---|",
    ]
    rows += [
        f"| {case['image_px']} px | {case['mode']} "
        f"| {_trained(case):.1f} million | {case['images_a_second']:.3g} "
        f"| {case['peak_memory_mb'] / 1000:.1f} GB |"
        for case in stored["cases"]
    ]
    return "\n".join(rows)


def _trained(case: Row) -> float:
    """Millions of trained parameters; results of earlier versions have another key."""
    found: float = case.get("trained_parameters_million", case.get("taught_parameters_million"))
    return found


def _spread(spreads: Row, metrics: tuple[str, ...], places: int) -> str:
    """Mean ± SD and interval of the first of ``metrics`` that is defined."""
    spread = next((spreads[m] for m in metrics if spreads[m]["mean"] is not None), None)
    if spread is None:
        return "–"
    sd = "" if spread["sd"] is None else f" ± {spread['sd']:.{places}f}"
    between = ""
    if spread["interval"]:
        low, high = spread["interval"]
        between = f" ({low:.{places}f}–{high:.{places}f})"
    without = f", {spread['undefined']} undefined" if spread["undefined"] else ""
    return f"{spread['mean']:.{places}f}{sd}{between}{without}"


def _unit(stored: Row, cohort: str, metrics: tuple[str, ...]) -> str:
    """The unit of a distance in this cohort."""
    first = next(iter(stored["systems"].values()))["cohorts"][cohort]["with_scar"]
    known = [m for m in metrics if first[m]["mean"] is not None]
    return f", {known[0].rsplit('_', 1)[1]}" if len(metrics) > 1 and known else ""


def _boxes(system: Row) -> str:
    return "given" if system["boxes"].startswith("reference") else "found"


def _free(part: Row) -> dict[str, int]:
    return {word: part["outcomes"][word] for word in ("invented", "clear")}


def _share(found: int, total: int) -> str:
    return f"{found / total:.2f}" if total else "–"


def _range(size: Row) -> str:
    low, high = size["low_mm2"], size["high_mm2"]
    if not low:
        return f"under {high:g} mm²"
    return f"from {low:g} mm²" if high is None else f"{low:g} to {high:g} mm²"
