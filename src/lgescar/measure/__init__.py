"""How much scar there is: label maps in, quantities with units out."""

from lgescar.measure.quantities import measure

__all__ = ["measure"]
