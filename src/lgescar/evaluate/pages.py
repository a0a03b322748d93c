"""What people read of the scores: sections of tables."""

from __future__ import annotations

from collections.abc import Sequence

from lgescar.evaluate.agreement import Agreement
from lgescar.evaluate.columns import EMIDEC_SHOWN, SHOWN, Shown
from lgescar.evaluate.compare import COMPARED, Contrast
from lgescar.evaluate.layout import Section, Table
from lgescar.evaluate.summary import CohortSummary, EmidecSummary, Lesions, Spread

SPREAD_HEAD = ("mean ± SD", "95 % interval of the mean", "median (IQR)", "patients", "undefined")
NEAR_HEAD = (
    "reference",
    "predicted",
    "CCC (95 % interval)",
    "ICC(2,1)",
    "ICC(3,1)",
    "variation, %",
    "median absolute error",
    "patients",
    "undefined",
)
BIAS_HEAD = (
    "bias (95 % interval)",
    "lower limit",
    "upper limit",
    "rank-sum p",
    "signed-rank p",
    "margin",
    "equivalence p",
)
OUTCOMES = ("found", "missed", "invented", "clear")
OUTCOME_NOTE = (
    "With scar: found where predicted scar touches the reference's, else missed. Without: invented "
    "where any scar is predicted, else clear."
)
CONTRAST_NOTE = (
    "Means over the patients for whom both have a value, and how many lack one; intervals by "
    "bootstrap over patients; Holm's correction over every row of the cohort."
)
EMIDEC_NOTE = (
    "The challenge's own rules: both masks empty count as 1, and healthy patients are in the mean "
    "of all. Not comparable with the other tables."
)


def cohort_sections(cohorts: Sequence[CohortSummary]) -> list[Section]:
    """Who was found in each cohort, then each cohort's metrics, lesions and agreement."""
    sections = [_overview(cohorts)]
    for cohort in cohorts:
        outcomes = ", ".join(f"{count} {word}" for word, count in cohort.outcomes.items())
        text = (
            f"{len(cohort.patients)} patients; scar: {outcomes}; "
            f"{cohort.invented_over_2_percent} scar-free hearts given over 2 % of the wall."
        )
        tables = (
            _spread_table("patients with scar", cohort.with_scar, SHOWN),
            _spread_table("patients without scar", cohort.without_scar, SHOWN),
            _lesion_table(cohort.lesions),
            *_agreement_tables(cohort.agreement),
        )
        sections.append(Section(cohort.cohort, text, tables))
    return sections


def contrast_sections(found: Sequence[Contrast]) -> list[Section]:
    """A section for each cohort and pair of systems, patients with scar and without apart."""
    sections = []
    for cohort, first, second in dict.fromkeys((c.cohort, c.first, c.second) for c in found):
        ours = [c for c in found if (c.cohort, c.first, c.second) == (cohort, first, second)]
        tables = tuple(
            _contrast_table(group, [c for c in ours if c.group == group]) for group in COMPARED
        )
        sections.append(Section(f"{cohort}: {second} − {first}", CONTRAST_NOTE, tables))
    return sections


def emidec_sections(cohorts: Sequence[EmidecSummary]) -> list[Section]:
    """A section a cohort with the challenge's numbers, everyone's first as it ranks by them."""
    return [
        Section(
            f"{cohort.cohort}, as the EMIDEC challenge scores",
            EMIDEC_NOTE,
            (
                _spread_table("all patients", cohort.everyone, EMIDEC_SHOWN),
                _spread_table("patients with scar", cohort.with_scar, EMIDEC_SHOWN),
                _spread_table("patients without scar", cohort.without_scar, EMIDEC_SHOWN),
            ),
        )
        for cohort in cohorts
    ]


def interval(found: tuple[float, float] | None, places: int) -> str:
    """Two ends in words; nothing where undefined."""
    return "" if found is None else f"{number(found[0], places)} to {number(found[1], places)}"


def number(value: float | None, places: int) -> str:
    """A number with a true minus sign; nothing where undefined."""
    if value is None:
        return ""
    text = f"{value:.{places}f}"
    return text[1:] if text.startswith("-") and not float(text) else text.replace("-", "−")


def p_value(p: float | None) -> str:
    """Three decimals; nothing where undefined."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _spread_table(title: str, spreads: dict[str, Spread], shown: Sequence[Shown]) -> Table:
    rows = []
    for row in shown:
        spread, places = spreads[row.metric], row.places
        if spread.mean is None:
            continue
        sd = "" if spread.sd is None else f" ± {spread.sd:.{places}f}"
        middle = "" if spread.iqr is None else f" ({interval(spread.iqr, places)})"
        rows.append(
            (
                row.words,
                number(spread.mean, places) + sd,
                interval(spread.interval, places),
                number(spread.median, places) + middle,
                str(spread.patients - spread.undefined),
                str(spread.undefined),
            )
        )
    return Table(title, ("", *SPREAD_HEAD), tuple(rows))


def _overview(cohorts: Sequence[CohortSummary]) -> Section:
    rows = [
        (
            cohort.cohort,
            str(len(cohort.patients)),
            *(str(cohort.outcomes[word]) for word in OUTCOMES),
            str(cohort.invented_over_2_percent),
        )
        for cohort in cohorts
    ]
    head = ("cohort", "patients", *OUTCOMES, "invented over 2 %")
    return Section("Patients", OUTCOME_NOTE, (Table("", head, tuple(rows)),))


def _contrast_table(group: str, found: Sequence[Contrast]) -> Table:
    shown = {row.metric: row for row in COMPARED[group]}
    rows = []
    for contrast in found:
        row = shown[contrast.metric]
        places = row.places
        apart = number(contrast.difference, places)
        rows.append(
            (
                row.words + (f" ({row.better} is better)" if row.better else ""),
                number(contrast.mean_first, places),
                number(contrast.mean_second, places),
                f"+{apart}" if (contrast.difference or 0.0) > 0 and float(apart) > 0 else apart,
                interval(contrast.interval, places),
                p_value(contrast.p),
                p_value(contrast.holm_p),
                str(contrast.patients),
                str(contrast.undefined),
            )
        )
    first, second = (found[0].first, found[0].second) if found else ("", "")
    head = (
        "",
        first,
        second,
        "difference",
        "95 % interval",
        "signed-rank p",
        "Holm p",
        "patients",
        "undefined",
    )
    return Table(f"patients {group}", head, tuple(rows))


def _lesion_table(lesions: Lesions) -> Table:
    """Reference lesions found by size, and predicted ones that hit nothing."""
    if not lesions.reference and not lesions.predicted:
        return Table("lesions", (), ())
    rows = []
    for size in lesions.by_size:
        far = size.high_mm2 == float("inf")
        words = (
            f"from {size.low_mm2:g} mm²" if far else f"{size.low_mm2:g} to {size.high_mm2:g} mm²"
        )
        rows.append((words, str(size.lesions), str(size.found), _share(size.found, size.lesions)))
    unknown = lesions.unknown_size
    if unknown:
        hit = lesions.found - sum(size.found for size in lesions.by_size)
        rows.append(("of unknown size", str(unknown), str(hit), _share(hit, unknown)))
    found, every = lesions.found, lesions.reference
    rows.append(("all", str(every), str(found), _share(found, every)))
    rows.append((f"predicted that hit nothing, of {lesions.predicted}", "", str(lesions.invented),
                 _share(lesions.invented, lesions.predicted)))  # fmt: skip
    head = ("", "reference", "found", "share")
    return Table("lesions (connected scar of a slice)", head, tuple(rows))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else ""


def _agreement_tables(agreements: dict[str, Agreement]) -> tuple[Table, Table]:
    """How near the pairs lie, and what the tests say of the bias."""
    known = {q: a for q, a in agreements.items() if a.bias is not None}
    near = tuple(_nearness(*item) for item in known.items())
    biased = tuple(_bias(*item) for item in known.items())
    return (
        Table("predicted against reference", ("", *NEAR_HEAD), near),
        Table("predicted − reference", ("", *BIAS_HEAD), biased),
    )


def _nearness(quantity: str, found: Agreement) -> tuple[str, ...]:
    return (
        _quantity(quantity),
        f"{number(found.mean_reference, 1)} ± {number(found.sd_reference, 1)}",
        f"{number(found.mean_predicted, 1)} ± {number(found.sd_predicted, 1)}",
        _with(number(found.ccc, 3), interval(found.ccc_interval, 3)),
        number(found.icc_2_1, 3),
        number(found.icc_3_1, 3),
        number(found.coefficient_of_variation_percent, 0),
        number(found.median_absolute_error, 1),
        str(found.patients),
        str(found.undefined),
    )


def _bias(quantity: str, found: Agreement) -> tuple[str, ...]:
    return (
        _quantity(quantity),
        _with(number(found.bias, 1), interval(found.bias_interval, 1)),
        _with(number(found.lower_limit, 1), interval(found.lower_limit_interval, 1)),
        _with(number(found.upper_limit, 1), interval(found.upper_limit_interval, 1)),
        p_value(found.rank_sum_p),
        p_value(found.signed_rank_p),
        "" if found.margin is None else f"±{found.margin:.1f}",
        p_value(found.equivalence_p),
    )


def _quantity(quantity: str) -> str:
    name, scarred, _ = quantity.partition("_with_scar")
    words = {"scar_percent": "scar, % of LV", "scar_mass_g": "scar mass, g"}
    return words.get(name, "LV mass, g") + (", patients with scar" if scarred else ", all patients")


def _with(value: str, ends: str) -> str:
    return f"{value} ({ends})" if ends else value
