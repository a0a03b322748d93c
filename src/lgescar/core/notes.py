"""Notes that several rooms give: one code, one sentence."""

from lgescar.core.study import Note

SPACING_UNKNOWN = Note(
    "spacing-unknown",
    "the pixel size is unknown: millimetres, millilitres and grams are withheld; "
    "give --spacing ROW,COL,STEP (mm) if you know it",
)
STEP_UNKNOWN = Note(
    "step-unknown",
    "the distance between slices is unknown: millilitres and grams are withheld; "
    "give --spacing ROW,COL,STEP (mm) if you know it",
)
SINGLE_SLICE = Note("single-slice", "one slice only: millilitres and grams are withheld")
INCOMPLETE_STACK = Note(
    "incomplete-stack",
    "slices are missing, damaged, blank or unevenly spaced: millilitres and grams are withheld; "
    "export the whole stack",
)
NOT_SHORT_AXIS = Note(
    "not-short-axis",
    "the slices are not short-axis: millilitres, grams and AHA segments are withheld",
)
ORIENTATION_UNKNOWN = Note(
    "orientation-unknown",
    "the input does not say where its slices lie in the patient: base and apex are not known",
)
