import numpy as np
import pytest

from lgescar.core.tissue import Tissue
from lgescar.train.dataset import LabelledSlice


@pytest.fixture(scope="session")
def heart_slice() -> LabelledSlice:
    """A ring of wall around a bright pool with a scar in its upper left, on 64 x 64 samples."""
    row, col = np.mgrid[0:64, 0:64] - 31.5
    radius, angle = np.hypot(row, col), np.arctan2(row, col)
    codes = np.zeros((64, 64), np.uint8)
    codes[radius < 16] = Tissue.VIABLE
    codes[radius < 10] = Tissue.BLOOD_POOL
    codes[(codes == Tissue.VIABLE) & (angle < -1.8)] = Tissue.SCAR
    image = np.choose(codes, [40, 200, 60, 240, 50]).astype(np.float32)
    return LabelledSlice("made", "one", image, np.ones((64, 64), bool), codes)
