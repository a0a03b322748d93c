"""What people read of the scores: sections of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lgescar.evaluate.agreement import Agreement
from lgescar.evaluate.calibration import Calibration, Chances, Ranges
from lgescar.evaluate.columns import EMIDEC_SHOWN, SHOWN, Shown
from lgescar.evaluate.compare import COMPARED, Contrast
from lgescar.evaluate.strata import GRADE, Stratum
from lgescar.evaluate.summary import CohortSummary, EmidecSummary, Lesions, Spread
from lgescar.evaluate.table import (
    Columns,
    Section,
    Table,
    interval,
    mean_cell,
    number,
    number_cell,
    p_cell,
    p_value,
    range_cell,
    share,
    table,
    text_cell,
    with_interval,
)

SPREAD_HEAD = ("mean ± SD", "95 % interval of the mean", "median (IQR)", "patients", "undefined")
NEAR: Columns = {
    "reference": lambda a: f"{number(a.mean_reference, 1)} ± {number(a.sd_reference, 1)}",
    "predicted": lambda a: f"{number(a.mean_predicted, 1)} ± {number(a.sd_predicted, 1)}",
    "CCC (95 % interval)": range_cell("ccc", 3),
    "ICC(2,1)": number_cell("icc_2_1", 3),
    "ICC(3,1)": number_cell("icc_3_1", 3),
    "variation, %": number_cell("coefficient_of_variation_percent", 0),
    "median absolute error": number_cell("median_absolute_error", 1),
    "patients": text_cell("patients"),
    "undefined": text_cell("undefined"),
}
BIAS: Columns = {
    "bias (95 % interval)": range_cell("bias", 1),
    "lower limit": range_cell("lower_limit", 1),
    "upper limit": range_cell("upper_limit", 1),
    "rank-sum p": p_cell("rank_sum_p"),
    "signed-rank p": p_cell("signed_rank_p"),
    "margin": lambda a: "" if a.margin is None else f"±{a.margin:.1f}",
    "equivalence p": p_cell("equivalence_p"),
}
OUTCOMES = ("found", "missed", "invented", "clear")
OVERVIEW: Columns = {
    "patients": lambda cohort: str(len(cohort.patients)),
    **{word: text_cell(f"outcomes.{word}") for word in OUTCOMES},
    "invented over 2 %": text_cell("invented_over_2_percent"),
}
STRATUM: Columns = {
    "patients": text_cell("patients"),
    "with scar": text_cell("with_scar"),
    "missed": text_cell("missed"),
    "scar Dice, mean (95 % interval)": mean_cell("dice_scar", 3),
    "scar, % of LV, predicted − reference": mean_cell("scar_percent_difference", 1),
    "scar mass, g, predicted − reference": mean_cell("scar_mass_g_difference", 1),
    "mass error, g": mean_cell("scar_mass_g_error", 1),
}
CHANCE: Columns = {
    "pixels": text_cell("count"),
    "mean chance": number_cell("mean_chance", 2),
    "scar in the reference": number_cell("frequency", 2),
}
INSIDE: Columns = {
    "patients": text_cell("patients"),
    "inside": text_cell("inside"),
    "share": lambda group: share(group.inside, group.patients),
}
LOOK: Columns = {
    "patients": text_cell("patients"),
    "mean absolute error, % of LV (95 % interval)": range_cell("mean", 1, "interval"),
}
WORDS = {
    GRADE: "image quality (automatic)",
    "snr": "signal to noise",
    "cnr_scar_remote": "contrast scar − remote, × noise",
    "cnr_scar_blood_pool": "contrast scar − blood pool, × noise",
    "cnr_blood_pool_remote": "contrast blood pool − remote, × noise",
    "edge_width_mm": "edge width, mm (less is sharper)",
}
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
STRATA_NOTE = (
    "Dice, differences and errors over patients with scar, with the interval of the mean by "
    "bootstrap over patients. "
)
MEASURED_NOTE = (
    "Quality is measured by the program with the reference outlines; thirds are those of the "
    "cohort."
)
GIVEN_NOTE = "The grades are those of the table given."


def cohort_sections(cohorts: Sequence[CohortSummary]) -> list[Section]:
    """Who was found in each cohort, then each cohort's metrics, lesions and agreement."""
    overview = table("", OVERVIEW, ((c.cohort, c) for c in cohorts), "cohort")
    sections = [Section("Patients", OUTCOME_NOTE, (overview,))]
    for cohort in cohorts:
        outcomes = ", ".join(f"{count} {word}" for word, count in cohort.outcomes.items())
        text = (
            f"{len(cohort.patients)} patients; scar: {outcomes}; "
            f"{cohort.invented_over_2_percent} scar-free hearts given over 2 % of the wall."
        )
        tables = (
            _metrics("patients with scar", cohort.with_scar, SHOWN),
            _metrics("patients without scar", cohort.without_scar, SHOWN),
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
            _contrast_table(group, (first, second), [c for c in ours if c.group == group])
            for group in COMPARED
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
                _metrics("all patients", cohort.everyone, EMIDEC_SHOWN),
                _metrics("patients with scar", cohort.with_scar, EMIDEC_SHOWN),
                _metrics("patients without scar", cohort.without_scar, EMIDEC_SHOWN),
            ),
        )
        for cohort in cohorts
    ]


def strata_sections(measured: Sequence[Stratum], given: Sequence[Stratum]) -> list[Section]:
    """A section a cohort by image quality, then one by the grades that were given."""
    return [
        Section(
            f"{cohort}, {title}",
            STRATA_NOTE + note,
            tuple(
                table(
                    WORDS.get(by, by),
                    STRATUM,
                    ((_reach(s), s) for s in strata if (s.cohort, s.by) == (cohort, by)),
                )
                for by in dict.fromkeys(s.by for s in strata if s.cohort == cohort)
            ),
        )
        for strata, title, note in (
            (measured, "by image quality", MEASURED_NOTE),
            (given, "as graded", GIVEN_NOTE),
        )
        for cohort in dict.fromkeys(s.cohort for s in strata)
    ]


def calibration_sections(found: Mapping[str, Calibration]) -> list[Section]:
    """A section a cohort whose predictions come with chances or ranges."""
    sections = []
    for cohort, calibration in found.items():
        said, tables = [], []
        if calibration.chances is not None:
            said.append(_chances_said(calibration.chances))
            bins = (b for b in calibration.chances.bins if b.count)
            rows = ((f"{b.low:.1f} to {b.high:.1f}", b) for b in bins)
            tables.append(table("chance of scar", CHANCE, rows))
        if calibration.ranges is not None:
            said.append(_ranges_said(calibration.ranges))
            tables += _range_tables(calibration.ranges)
        title = f"{cohort}: can its chances and ranges be trusted?"
        sections.append(Section(title, " ".join(said), tuple(tables)))
    return sections


def spread_table(title: str, head: Sequence[str], rows: Iterable[tuple[str, Spread, int]]) -> Table:
    """A row a metric, with its decimals; those that are undefined everywhere are left out."""
    cells = tuple(
        (
            words,
            number(s.mean, places) + ("" if s.sd is None else f" ± {s.sd:.{places}f}"),
            interval(s.interval, places),
            with_interval(s.median, s.iqr, places),
            str(s.patients - s.undefined),
            str(s.undefined),
        )
        for words, s, places in rows
        if s.mean is not None
    )
    return Table(title, ("", *head), cells)


def error_words(chances: Chances) -> str:
    """The expected calibration error and its interval."""
    return with_interval(chances.expected_error, chances.interval, 3)


def _metrics(title: str, spreads: Mapping[str, Spread], shown: Sequence[Shown]) -> Table:
    return spread_table(title, SPREAD_HEAD, ((s.words, spreads[s.metric], s.places) for s in shown))


def _contrast_table(group: str, pair: tuple[str, str], found: Sequence[Contrast]) -> Table:
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
    tests = ("difference", "95 % interval", "signed-rank p", "Holm p", "patients", "undefined")
    return Table(f"patients {group}", ("", *pair, *tests), tuple(rows))


def _lesion_table(lesions: Lesions) -> Table:
    """Reference lesions found by size, and predicted ones that hit nothing."""
    if not lesions.reference and not lesions.predicted:
        return Table("lesions", (), ())
    rows = [(_size(s.low_mm2, s.high_mm2), s.lesions, s.found) for s in lesions.by_size]
    if lesions.unknown_size:
        hit = lesions.found - sum(size.found for size in lesions.by_size)
        rows.append(("of unknown size", lesions.unknown_size, hit))
    rows.append(("all", lesions.reference, lesions.found))
    found = [(words, str(every), str(hit), share(hit, every)) for words, every, hit in rows]
    invented, predicted = lesions.invented, lesions.predicted
    last = f"predicted that hit nothing, of {predicted}"
    found.append((last, "", str(invented), share(invented, predicted)))
    head = ("", "reference", "found", "share")
    return Table("lesions (connected scar of a slice)", head, tuple(found))


def _size(low_mm2: float, high_mm2: float) -> str:
    far = high_mm2 == float("inf")
    return f"from {low_mm2:g} mm²" if far else f"{low_mm2:g} to {high_mm2:g} mm²"


def _agreement_tables(agreements: Mapping[str, Agreement]) -> tuple[Table, Table]:
    """How near the pairs lie, and what the tests say of the bias."""
    known = [(_quantity(q), a) for q, a in agreements.items() if a.bias is not None]
    return (
        table("predicted against reference", NEAR, known),
        table("predicted − reference", BIAS, known),
    )


def _quantity(quantity: str) -> str:
    name, scarred, _ = quantity.partition("_with_scar")
    words = {"scar_percent": "scar, % of LV", "scar_mass_g": "scar mass, g"}
    return words.get(name, "LV mass, g") + (", patients with scar" if scarred else ", all patients")


def _reach(stratum: Stratum) -> str:
    if stratum.low is None or stratum.high is None:
        return stratum.stratum
    return f"{stratum.stratum}, {interval((stratum.low, stratum.high), 1)}"


def _chances_said(chances: Chances) -> str:
    if chances.expected_error is None:
        return "No wall in the reference or the predictions."
    return (
        f"Chance of scar over {chances.pixels} pixels of wall (the reference's or the predicted) "
        f"of {chances.patients} patients: expected calibration error {error_words(chances)}, "
        f"Brier score {number(chances.brier, 3)}; the interval is by bootstrap over patients."
    )


def _ranges_said(ranges: Ranges) -> str:
    level = "" if ranges.level_percent is None else f" to hold {ranges.level_percent} % of patients"
    return (
        f"Ranges of scar said{level}: median width {number(ranges.median_width_percent, 1)} % of "
        "LV; inside where the reference's scar in % of LV lies in the range."
    )


def _range_tables(ranges: Ranges) -> tuple[Table, Table]:
    groups = {
        "all patients": ranges.everyone,
        "patients with scar": ranges.with_scar,
        "patients without scar": ranges.without_scar,
    }
    inside = ((words, group) for words, group in groups.items() if group.patients)
    errors = {"flagged to look at": ranges.error_flagged, "not flagged": ranges.error_unflagged}
    return table("range of scar", INSIDE, inside), table("note", LOOK, errors.items())
