"""How much scar there is: label maps in, quantities with units out."""

from lgescar.measure.quality import quality, quality_notes
from lgescar.measure.quantities import measure

__all__ = ["measure", "quality", "quality_notes"]
