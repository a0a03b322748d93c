"""From matter to signal: T1 after contrast, inversion recovery and the reader's inversion time.

T1 after contrast follows from one number, the gadolinium in the blood, because gadolinium stays
outside the cells: dR1(tissue) = ECV / (1 - haematocrit) x dR1(blood). What comes out is checked
against published T1 at 15 minutes: remote 540 +- 88, infarct 425 +- 68, blood about 450 +- 100 ms
(J Cardiovasc Magn Reson 2013;15:11).
Source: Kellman et al., J Cardiovasc Magn Reson 2012;14:64 (ECV mapping, part 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lgescar.simulate.matter import Matter

Readout = Literal["gre", "bssfp"]
Floats = NDArray[np.float32]

PLASMA_SHARE = 0.58
"""1 - haematocrit, the part of blood that gadolinium reaches."""
BLOOD_NATIVE_T1_MS = 1550.0
"""Blood before contrast at 1.5 T. It only sets how much gadolinium a given T1 stands for."""
FIELD_RATIO = 1.21
"""T1 at 3 T over T1 at 1.5 T. Source: de Bazelaire et al., Radiology 2004;230:652-659."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Native T1 at 1.5 T and its spread (ms), T2 (ms), proton density, ECV and its spread."""

    t1_ms: float
    t1_spread_ms: float
    t2_ms: float
    density: float
    ecv: float
    ecv_spread: float


RELAXATION: dict[Matter, Relaxation] = {
    Matter.FAT: Relaxation(382.0 / FIELD_RATIO, 13.0, 68.0, 1.1, 0.0, 0.0),
    Matter.MUSCLE: Relaxation(898.0 / FIELD_RATIO, 33.0, 29.0, 0.8, 0.13, 0.02),
    Matter.LIVER: Relaxation(809.0 / FIELD_RATIO, 71.0, 34.0, 0.75, 0.30, 0.04),
    Matter.SPLEEN: Relaxation(1328.0 / FIELD_RATIO, 31.0, 61.0, 0.8, 0.35, 0.04),
    Matter.MARROW: Relaxation(586.0 / FIELD_RATIO, 73.0, 49.0, 0.6, 0.08, 0.03),
    Matter.STOMACH: Relaxation(2000.0, 500.0, 200.0, 0.9, 0.0, 0.0),
    Matter.BONE: Relaxation(500.0, 50.0, 5.0, 0.08, 0.0, 0.0),
    Matter.FLUID: Relaxation(3000.0, 300.0, 1000.0, 1.0, 0.0, 0.0),
    Matter.LUNG: Relaxation(1200.0, 80.0, 20.0, 0.12, 0.2, 0.05),
    Matter.BLOOD: Relaxation(BLOOD_NATIVE_T1_MS, 0.0, 200.0, 0.92, PLASMA_SHARE, 0.0),
    Matter.REMOTE: Relaxation(962.0, 25.0, 50.0, 0.8, 0.254, 0.025),
    Matter.SCAR: Relaxation(1060.0, 60.0, 55.0, 0.82, 0.60, 0.09),
    Matter.MVO: Relaxation(1000.0, 60.0, 45.0, 0.8, 0.32, 0.08),
}
"""What each matter is made of.

Source: fat, muscle, liver, spleen and marrow (3 T values over ``FIELD_RATIO``, T2 as at 3 T): de
Bazelaire et al., Radiology 2004;230:652-659. Remote T1 962 +- 25 ms: Piechnik et al., J Cardiovasc
Magn Reson 2013;15:13. ECV of remote 25.4 +- 2.5 % and of chronic infarct cores 68.5 +- 8.6 %:
Kellman et al., J Cardiovasc Magn Reson 2012;14:64; the scar here is lower because acute infarcts
and whole infarcts are meant too, not cores alone. The rest (stomach, bone, fluid, lung, MVO, proton
densities) is set by eye and carries no claim.
"""

SAME_AS: dict[Matter, Matter] = {
    Matter.LV_BLOOD: Matter.BLOOD,
    Matter.PAPILLARY: Matter.REMOTE,
    Matter.RV_WALL: Matter.REMOTE,
}
"""Matter that gives the signal of another."""


@dataclass(frozen=True, slots=True, eq=False)
class TissueSignal:
    """Signal of each matter before coil and noise, and the inversion time that gave it."""

    signal: Floats
    inversion_time_ms: float
    t1_ms: dict[Matter, float]

    @property
    def scar_to_remote(self) -> float:
        """How far scar and blood lie above remote wall: the scale that noise is measured by."""
        scar, blood, remote = self.signal[[Matter.SCAR, Matter.LV_BLOOD, Matter.REMOTE]]
        return float(max(max(scar, blood) - remote, 0.01))


def expose(rng: np.random.Generator, readout: Readout, signed: bool) -> TissueSignal:
    """Signals of one examination, inversion time set by a reader who nulls remote wall by eye.

    Magnitude images need the null; signed ones keep their contrast beside it (Kellman et al.,
    Magn Reson Med 2002;47:372-383), so their readers may err further. The size of the errors has
    no source: it is set so that remote wall lies above the pedestal as far as it does in EMIDEC.
    """
    blood_ms = float(np.clip(rng.normal(440.0, 55.0), 330.0, 600.0))
    agent = 1.0 / blood_ms - 1.0 / BLOOD_NATIVE_T1_MS
    repetition_ms = 2.0 * rng.normal(880.0, 120.0)
    t1_ms = {
        matter: post_contrast_t1_ms(
            max(rng.normal(tissue.t1_ms, tissue.t1_spread_ms), 100.0),
            max(rng.normal(tissue.ecv, tissue.ecv_spread), 0.0),
            agent,
        )
        for matter, tissue in RELAXATION.items()
    }
    error_ms = rng.normal(45.0, 30.0) if signed else rng.normal(10.0, 18.0)
    inversion_ms = nulling_time_ms(t1_ms[Matter.REMOTE], repetition_ms) + error_ms
    signal = np.zeros(len(Matter), np.float32)
    for matter, tissue in RELAXATION.items():
        weight = tissue.density
        if readout == "bssfp":
            weight *= balanced_weight(t1_ms[matter], tissue.t2_ms)
        signal[matter] = weight * recovery(inversion_ms, t1_ms[matter], repetition_ms)
    if readout == "bssfp" or rng.random() < 0.15:
        signal[Matter.FAT] *= np.float32(rng.uniform(0.2, 0.8))
    for matter, same in SAME_AS.items():
        signal[matter] = signal[same]
    signal[Matter.LV_BLOOD] *= np.float32(rng.uniform(0.95, 1.2))
    return TissueSignal(signal, float(inversion_ms), t1_ms)


def post_contrast_t1_ms(native_ms: float, ecv: float, agent_per_ms: float) -> float:
    """T1 after contrast; ``agent_per_ms`` is how much it raised the relaxation rate of blood."""
    return 1.0 / (1.0 / native_ms + ecv / PLASMA_SHARE * agent_per_ms)


def recovery(inversion_ms: float, t1_ms: float, repetition_ms: float) -> float:
    """Longitudinal magnetisation at the inversion time, equilibrium being 1.

    Source: inversion recovery repeated every ``repetition_ms``: 1 - 2 exp(-TI/T1) + exp(-TR/T1),
    Bernstein, King & Zhou, Handbook of MRI Pulse Sequences, Elsevier 2004, section 14.2.
    """
    return float(1.0 - 2.0 * np.exp(-inversion_ms / t1_ms) + np.exp(-repetition_ms / t1_ms))


def nulling_time_ms(t1_ms: float, repetition_ms: float) -> float:
    """Inversion time at which a tissue gives no signal: ``recovery`` solved for 0."""
    return float(t1_ms * np.log(2.0 / (1.0 + np.exp(-repetition_ms / t1_ms))))


def balanced_weight(t1_ms: float, t2_ms: float) -> float:
    """What a balanced readout makes of the magnetisation, 1 where T1 = 4 T2.

    The steady state weighs by sqrt(T2/T1); a single shot starts from the prepared magnetisation,
    which weighs all alike, and ends near the steady state: the geometric mean stands for both.

    Source: Scheffler & Lehnhardt, Eur Radiol 2003;13:2409-2418, signal at the optimum flip angle.
    """
    return float((4.0 * t2_ms / t1_ms) ** 0.25)
