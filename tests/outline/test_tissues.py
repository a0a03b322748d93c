import numpy as np
import pytest

from lgescar.core.tissue import Tissue
from lgescar.outline.tissues import calibrated, mvo_share, outlined, redrawn, scar_chance


def tissues_of(codes: np.ndarray, likely: float = 0.9) -> np.ndarray:
    """Chances that hold ``likely`` for the given code and share the rest."""
    out = np.full((5, *codes.shape), (1.0 - likely) / 4, np.float32)
    for code in Tissue:
        out[code][codes == code] = likely
    return out


CODES = np.zeros((12, 12), np.uint8)
CODES[2:10, 2:10] = Tissue.VIABLE
CODES[4:8, 4:8] = Tissue.BLOOD_POOL
CODES[2:4, 2:6] = Tissue.SCAR
CODES[3, 3] = Tissue.MVO


def test_likely_chances_give_their_codes_back() -> None:
    assert (outlined(tissues_of(CODES), 0.5, 0.5).codes == CODES).all()


def test_a_second_smaller_heart_is_dropped() -> None:
    codes = np.pad(CODES, ((0, 0), (0, 8)))
    codes[0:3, 16:19] = Tissue.VIABLE
    assert (outlined(tissues_of(codes), 0.5, 0.5).codes[:, 13:] == 0).all()


def test_scar_and_mvo_count_together_against_the_cutoff() -> None:
    tissues = np.zeros((5, 1, 1), np.float32)
    tissues[Tissue.VIABLE], tissues[Tissue.SCAR], tissues[Tissue.MVO] = 0.4, 0.25, 0.35
    assert outlined(tissues, 0.5, 0.5).codes[0, 0] == Tissue.MVO
    assert outlined(tissues, 0.7, 0.5).codes[0, 0] == Tissue.VIABLE
    # MVO holds 0.35 of 0.60, which is 0.583
    assert outlined(tissues, 0.5, 0.58).codes[0, 0] == Tissue.MVO
    assert outlined(tissues, 0.5, 0.59).codes[0, 0] == Tissue.SCAR


def test_a_stricter_cutoff_never_adds_scar() -> None:
    chances = np.random.default_rng(0).dirichlet([1, 1, 2, 2, 1], (16, 16))
    tissues = np.moveaxis(chances, -1, 0).astype(np.float32)
    sizes = [int(outlined(tissues, c, 0.5).scar.sum()) for c in (0.2, 0.4, 0.6, 0.8)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


def test_redrawn_scar_is_exactly_the_mask_and_lies_in_the_wall() -> None:
    before = outlined(tissues_of(CODES), 0.5, 0.5)
    mask = np.zeros((12, 12), bool)
    mask[8:11, 8:11] = True
    after = redrawn(before, mvo_share(tissues_of(CODES)) >= 0.5, mask)
    assert (after.scar == mask).all()
    assert after.wall[2:4, 2:6].all()
    assert (after.blood_pool == (before.blood_pool & ~mask)).all()


@pytest.mark.parametrize(("temperature", "expected"), [(1.0, 0.8), (2.0, 2.0 / 3.0)])
def test_temperature_divides_the_logit(temperature: float, expected: float) -> None:
    # odds 4 to the power 1/2 are 2, that is 2/3
    out = calibrated(np.array([[0.8]], np.float32), temperature)
    assert out[0, 0] == pytest.approx(expected, abs=1e-5)


def test_scar_chance_adds_scar_and_mvo() -> None:
    tissues = tissues_of(CODES, 0.9)
    assert scar_chance(tissues)[3, 3] == pytest.approx(0.9 + 0.025)
