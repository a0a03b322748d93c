"""Image quality in words: what each index is, its value, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from lgescar.core.quality import NEEDS, Quality
from lgescar.report.facts import number

WORDS = (
    ("snr", "Signal to noise", "× noise", "how far the blood pool rises above the noise"),
    (
        "cnr_scar_remote",
        "Scar against remote wall",
        "× noise",
        "how far scar stands out from healthy wall; more is better",
    ),
    (
        "cnr_scar_blood_pool",
        "Scar against blood pool",
        "× noise",
        "near 0, scar at the endocardium cannot be distinguished from blood",
    ),
    (
        "cnr_blood_pool_remote",
        "Blood pool against remote wall",
        "× noise",
        "how clearly the cavity shows; more is better",
    ),
    (
        "edge_width_mm",
        "Width of the endocardial edge",
        "mm",
        "from 10 to 90 % of the step in brightness; less is sharper",
    ),
)
"""Index, title, unit, and what it means to a reader."""
GRADES = {
    "good": "better than most studies this program was developed on.",
    "fair": "in the middle of the studies this program was developed on.",
    "poor": "worse than most studies this program was developed on.",
}


@dataclass(frozen=True, slots=True)
class QualityFact:
    """An index for people. ``value`` is None where it is missing for ``reason``.

    ``better_than`` is the share of the development studies that are worse, in whole percent.
    """

    title: str
    value: str | None
    unit: str
    meaning: str
    better_than: str | None
    reason: str


def quality_facts(quality: Quality) -> tuple[QualityFact, ...]:
    """Every index in a fixed order."""
    facts = []
    for name, title, unit, meaning in WORDS:
        value = getattr(quality, name)
        share = quality.better_than_percent.get(name)
        facts.append(
            QualityFact(
                title,
                None if value is None else number(value).replace("-", "−"),
                unit,
                meaning,
                None if share is None else f"{share:.0f}",
                _reason(quality, name),
            )
        )
    return tuple(facts)


def grade_words(quality: Quality) -> str:
    """What the grade means, to follow it."""
    if quality.grade is None:
        return "too little of the heart was outlined to tell."
    return GRADES[quality.grade]


def _reason(quality: Quality, name: str) -> str:
    said = {note.code: note.message for note in quality.notes}
    fitting = (said[code] for code in NEEDS[name] if code in said)
    return next(fitting, "the study gives no basis for it")
