"""What a point of the simulated chest is made of."""

from enum import IntEnum

import numpy as np

from lgescar.core.arrays import Codes
from lgescar.core.tissue import Tissue


class Matter(IntEnum):
    """Materials that differ in signal. Finer than ``Tissue``: it tells liver from lung."""

    AIR = 0
    LUNG = 1
    FAT = 2
    MUSCLE = 3
    LIVER = 4
    SPLEEN = 5
    STOMACH = 6
    MARROW = 7
    BONE = 8
    FLUID = 9
    BLOOD = 10
    LV_BLOOD = 11
    PAPILLARY = 12
    REMOTE = 13
    SCAR = 14
    MVO = 15
    RV_WALL = 16


TISSUE_OF_MATTER: Codes = np.zeros(len(Matter), np.uint8)
"""Label of each matter. Papillary muscle and trabeculae lie inside the endocardial outline and
are read as blood pool, so that the wall excludes them (docs/explain/simulation.md)."""
TISSUE_OF_MATTER[[Matter.LV_BLOOD, Matter.PAPILLARY]] = Tissue.BLOOD_POOL
TISSUE_OF_MATTER[Matter.REMOTE] = Tissue.VIABLE
TISSUE_OF_MATTER[Matter.SCAR] = Tissue.SCAR
TISSUE_OF_MATTER[Matter.MVO] = Tissue.MVO
TISSUE_OF_MATTER.setflags(write=False)
