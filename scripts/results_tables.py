"""Writes the numbers of README.md and of docs/explain from benchmarks/results.

With --check, only says whether they are current. A table stands between two comments:
`<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import comparison_tables
import study_tables
from pages import keep_current

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
EXPLAINED = ("model", "systems", "studies", "reading")
PAGES = (ROOT / "README.md", *(ROOT / "docs" / "explain" / f"{name}.md" for name in EXPLAINED))
PLACE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def result(name: str) -> dict[str, Any]:
    """One stored result, in the words of this version."""
    text = (RESULTS / f"{name}.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(study_tables.current_words(text))
    return content


def overview(name: str) -> str:
    """Dice and agreement on patients the networks never saw."""
    stored = result(name)
    rows = [
        "| patients | scar, automatic | scar, one box a lesion | wall | blood pool "
        "| CCC of scar % | scar-free hearts over 2 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for cohort, auto in stored["automatic"]["cohorts"].items():
        boxed = stored["boxes"]["cohorts"][cohort]["with_scar"]["dice_scar"]
        scarred, free = auto["with_scar"], auto["without_scar"]["dice_scar"]["patients"]
        count = f"{scarred['dice_scar']['patients']} with scar, {free} without"
        rows.append(
            f"| {cohort} ({count}) | {spread(scarred['dice_scar'])} | {spread(boxed)} "
            f"| {spread(scarred['dice_wall'])} | {spread(scarred['dice_blood_pool'])} "
            f"| {number(auto['agreement']['scar_percent']['ccc'], 2)} "
            f"| {auto['invented_over_2_percent']} of {free} |"
        )
    said = (
        "3-D Dice over patients with scar (MVO counts as scar), mean and 95 % bootstrap interval "
        f"by patient; {stored['conditions']}"
    )
    return closed(rows, said, stored)


def simulated(name: str) -> str:
    """Mass against the true scar of simulated patients."""
    stored = result(name)
    rows = [
        "| simulated patients | scar mass: median error | bias (95 % limits) | CCC "
        "| Dice of scar | Dice of wall |",
        "|---|---|---|---|---|---|",
    ]
    for kind in ("all", "psir", "magnitude"):
        part = stored[kind]
        scar = part["scar_g"]
        low, high = scar["limits_of_agreement"]
        rows.append(
            f"| {kind} ({part['patients']}, {part['with_scar']} with scar) "
            f"| {scar['median_absolute_error']:.1f} g "
            f"| {scar['bias']:+.1f} g ({low:+.1f} to {high:+.1f}) "
            f"| {scar['ccc']:.2f} | {part['dice_scar_mean']:.2f} | {part['dice_wall_mean']:.2f} |"
        )
    return closed(rows, stored["conditions"], stored)


def speed() -> str:
    """What a user waits for."""
    stored = result("speed")
    medians, limits = stored["medians"], stored["limits"]
    words = {
        "segment_wall_s": ("`lgescar segment`, whole process", "s"),
        "segment_peak_mb": ("its memory at the peak", "MB"),
        "model_s": ("of it, finding and outlining", "s"),
        "measured_s": ("finding, outlining and measuring", "s"),
        "first_prompt_ms": ("first prompt on an encoded slice", "ms"),
        "prompt_p95_ms": ("a prompt, 95th percentile", "ms"),
        "import_s": ("`import lgescar`", "s"),
        "help_s": ("`lgescar --help`", "s"),
        "light_install_mb": ("light install", "MB"),
    }
    rows = ["| | median | limit |", "|---|---|---|"]
    for key, (what, unit) in words.items():
        digits = 2 if unit == "s" else 0
        limit = f"{limits[key]:g} {unit}" if key in limits else ""
        rows.append(f"| {what} | {medians[key]:.{digits}f} {unit} | {limit} |")
    return closed(rows, f"{stored['study']}, {stored['runs']} runs", stored)


def growth() -> str:
    """What a study of more slices costs."""
    stored = result("growth")
    rows = [
        "| slices | wall, s | processor, s | processor, ms a slice more | memory at the peak, MB "
        "| written, MB |",
        "|---|---|---|---|---|---|",
    ]
    before = None
    for row in stored["rows"]:
        more = "" if before is None else f"{1000.0 * slope(before, row):.0f}"
        rows.append(
            f"| {row['slices']:,} | {row['wall_s']:.1f} | {row['cpu_s']:.1f} | {more} "
            f"| {row['peak_mb']:.0f} | {row['written_mb']:.1f} |"
        )
        before = row
    size = f"{stored['rows'][0]['rows']} x {stored['rows'][0]['cols']} pixels"
    return closed(rows, f"Slices of {size}, {stored['conditions']}", stored)


def alternatives() -> str:
    """How long the same study takes by others."""
    stored = result("alternatives")
    spent, times = stored["seconds"], stored["times_as_fast"]
    rows = [
        "| | s | times as long |",
        "|---|---|---|",
        f"| `lgescar segment`, whole process | {spent['process']:.2f} | |",
        f"| nnU-Net's own prediction, whole process | {spent['nnunet_process']:.1f} "
        f"| {times['process_as_nnunet']:.0f} |",
        f"| lgescar, finding and outlining | {spent['model']:.2f} | |",
        f"| nnU-Net's own prediction, in a process that predicted before "
        f"| {spent['nnunet_model']:.1f} | {times['model_as_nnunet']:.0f} |",
        f"| SAM ViT-B, its encoder alone at 1024 pixels in torch | {spent['sam_vit_b_1024']:.1f} "
        f"| {times['model_as_sam']:.0f} |",
    ]
    return closed(rows, stored["conditions"], stored)


def closed(rows: Sequence[str], said: str, stored: dict[str, Any]) -> str:
    """A table's lines, what is said of it, and the machine."""
    return "\n".join([*rows, "", f"{said}. {machine(stored)}."])


def slope(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Processor seconds for each slice more."""
    spent: float = (other["cpu_s"] - one["cpu_s"]) / (other["slices"] - one["slices"])
    return spent


def reader_load() -> str:
    """Ten readers at one server."""
    stored = result("reader_load")
    found, limits = stored["found"], stored["limits"]
    words = {
        "errors": ("errors", ""),
        "image_p95_ms": ("a slice's image, 95th percentile", " ms"),
        "event_p95_ms": ("an edit acknowledged, 95th percentile", " ms"),
    }
    rows = ["| | measured | limit |", "|---|---|---|"]
    rows += [
        f"| {what} | {found[key]:.0f}{unit} | {limits[key]:g}{unit} |"
        for key, (what, unit) in words.items()
    ]
    said = (
        f"{stored['readers']} readers on {stored['patients']} simulated studies for a minute, each "
        f"an image and a corrected box about once a second; {found['events']} edits"
    )
    return closed(rows, said, stored)


def reader_prompts() -> str:
    """What a reader's prompts add to the automatic outline."""
    stored = result("reader_prompts")
    groups = {**stored["cohorts"], "all": stored["all"]}
    heads = [f"{name} ({found['patients']})" for name, found in groups.items()]
    rows = [
        f"| prompts a lesion | {' | '.join(heads)} | prompts a patient | patients from 0.80 on |",
        "|---" * (len(heads) + 3) + "|",
    ]
    for number, after in enumerate(stored["all"]["after"]):
        scores = []
        for found in groups.values():
            low, high = found["after"][number]["dice_interval"]
            scores.append(f"{found['after'][number]['dice_mean']:.3f} ({low:.2f}–{high:.2f})")
        rows.append(
            f"| {number or 'none'} | {' | '.join(scores)} | {after['prompts_a_patient']:.0f} "
            f"| {after['at_least_0_80']} of {stored['all']['patients']} |"
        )
    said = "3-D Dice of scar (MVO with it), mean and 95 % bootstrap interval by patient"
    return closed(rows, f"{said}; {stored['conditions']}", stored)


def reader_browser() -> str:
    """One reader in a browser."""
    stored = result("reader_browser")
    found, limits = stored["found"], {**stored["at_most"], **stored["at_least"]}
    words = {
        "prompt_median_ms": (
            "a box, a moved handle or a point to its new outline, median",
            "ms",
            0,
        ),
        "prompt_p95_ms": ("the same, 95th percentile", "ms", 0),
        "wheel_per_s": ("slices turned with the wheel, a second", "", 0),
        "key_per_s": ("slices turned with a held key, a second", "", 0),
        "wheel_longest_gap_ms": ("longest time on one of them, wheel", "ms", 0),
        "key_longest_gap_ms": ("longest time on one of them, key", "ms", 0),
        "picture_s": ("a study's first picture, median", "s", 1),
        "ready_s": ("its first prompt sent and answered, median", "s", 1),
        "ready_slowest_s": ("the same, slowest of all", "s", 1),
    }
    rows = ["| | measured | limit |", "|---|---|---|"]
    for key, (what, unit, digits) in words.items():
        side = "at least " if key in stored["at_least"] else ""
        limit = f"{side}{limits[key]:g} {unit}".rstrip() if key in limits else ""
        rows.append(f"| {what} | {found[key]:.{digits}f} {unit}".rstrip() + f" | {limit} |")
    said = (
        f"One reader in headless Chromium without a graphics card, beside the server; "
        f"{stored['studies']} simulated studies of {stored['slices']} slices of 256 x 256, each "
        f"opened for the first time; {found['prompts']:.0f} prompts"
    )
    return closed(rows, said, stored)


def compared(name: str, table: Callable[..., str], *more: str) -> Callable[[], str]:
    """A table of ``comparison_tables`` from a stored result, its conditions below."""

    def made() -> str:
        stored = result(name)
        conditions = stored["conditions"][0].upper() + stored["conditions"][1:]
        return closed([table(stored, *more)], conditions, stored)

    return made


def studied(name: str, table: Callable[..., str], *more: str) -> Callable[[], str]:
    """A table of ``study_tables`` from a stored result."""
    return lambda: table(result(name), *more)


def machine(stored: dict[str, Any]) -> str:
    """The machine's kind, in words."""
    about = stored["machine"]
    return f"Machine: {about['processor']}, {about['cores']} cores"


def spread(stored: dict[str, Any]) -> str:
    """Mean and interval."""
    low, high = stored["interval"]
    return f"{number(stored['mean'], 3)} ({number(low, 2)}–{number(high, 2)})"


def number(value: float | None, digits: int) -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


TABLES: dict[str, Callable[[], str]] = {
    "crossval": partial(overview, "default_crossval"),
    "crossval-cohorts": partial(overview, "default_crossval_cohorts"),
    "crossval-before": partial(overview, "square_crossval"),
    "crossval-emidec": studied("default_crossval", study_tables.cohort, "automatic", "emidec"),
    "crossval-myops": studied("default_crossval", study_tables.cohort, "automatic", "myops"),
    "crossval-emidec-rules": studied(
        "default_crossval", study_tables.as_emidec, "automatic", "emidec"
    ),
    "crossval-strata": studied("default_crossval", study_tables.strata, "automatic"),
    "calibration": studied("default_crossval", study_tables.calibration, "automatic"),
    "simulated-cohorts": partial(overview, "default_simulated_cohorts"),
    "simulated-psir": studied(
        "default_simulated_cohorts", study_tables.cohort, "automatic", "simulated-psir"
    ),
    "study-repeatability": studied("study_repeatability", study_tables.repeatability),
    "study-repeatability-conclusions": studied("study_repeatability", study_tables.conclusions),
    "study-phenotype": studied("study_phenotype", study_tables.phenotype),
    "study-boxes-cohorts-dice": studied("study_boxes_cohorts", study_tables.means, "dice"),
    "study-phenotype-cohorts": studied("study_phenotype_cohorts", study_tables.phenotype),
    "study-phenotype-features": studied("study_phenotype", study_tables.contrasts),
    "study-phenotype-conclusions": studied("study_phenotype", study_tables.conclusions),
    **{
        f"study-{name}{suffix}": studied(f"study_{name.replace('-', '_')}", table, *more)
        for name in ("ablation", "noise", "boxes", "generalise", "generalise-cohorts")
        for suffix, table, more in (
            ("", study_tables.conclusions, ()),
            ("-dice", study_tables.means, ("dice",)),
            ("-mass", study_tables.means, ("mass_error_g",)),
        )
    },
    "simulated": partial(simulated, "default_simulated"),
    "free": partial(overview, "simulated_all"),
    "free-simulated": partial(simulated, "simulated_simulated"),
    "speed": speed,
    "growth": growth,
    "alternatives": alternatives,
    "reader-load": reader_load,
    "reader-prompts": reader_prompts,
    "reader-browser": reader_browser,
    "systems-emidec": compared("systems", comparison_tables.systems_with_scar, "emidec"),
    "systems-myops": compared("systems", comparison_tables.systems_with_scar, "myops"),
    "systems-without-scar": compared("systems", comparison_tables.systems_without_scar),
    "systems-contrasts": compared("systems", comparison_tables.contrasts),
    "systems-budgets": compared("systems", comparison_tables.budgets),
    "detectors": compared("detectors", comparison_tables.detectors),
    "sam-training": compared("sam_training", comparison_tables.sam_training),
}


def filled(text: str) -> str:
    """A page with its tables as the results now are."""

    def table(found: re.Match[str]) -> str:
        return f"{found[1]}{TABLES[found[2]]()}\n{found[3]}"

    return PLACE.sub(table, text)


if __name__ == "__main__":
    raise SystemExit(keep_current({page: filled(page.read_text("utf-8")) for page in PAGES}))
