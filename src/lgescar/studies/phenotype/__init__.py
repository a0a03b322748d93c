"""``lgescar study phenotype``: what distinguishes acute from chronic scar, or any two groups."""

from lgescar.studies.phenotype.recipe import PhenotypeRecipe as RECIPE
from lgescar.studies.phenotype.study import study

TRAINS = False
PAGE = "lgescar.studies.phenotype.page"
NEEDS = ("sklearn", "xgboost")
"""Modules of the extra ``study`` that are loaded when needed."""

__all__ = ["NEEDS", "PAGE", "RECIPE", "TRAINS", "study"]
