"""How alike two readings of the same patients are: people's sessions, or simulated readers'."""

from __future__ import annotations

from dataclasses import asdict, replace

from lgescar.core.errors import UsageError
from lgescar.core.provenance import now
from lgescar.outline.systems import open_system
from lgescar.read.splits import sha256_of_file
from lgescar.studies.material import SIMULATED, simulated_material
from lgescar.studies.recipe import load_recipe
from lgescar.studies.repeatability.hands import RepeatabilityRecipe
from lgescar.studies.repeatability.page import write
from lgescar.studies.repeatability.rows import Readings, read_all
from lgescar.studies.repeatability.sessions import (
    ReadingSession,
    comparisons,
    named_sessions,
    unpaired,
)
from lgescar.studies.repeatability.simulated import (
    METHODS,
    drawn_sessions,
    labels_of,
    settings,
)
from lgescar.studies.repeatability.tables import Repeated, repeated
from lgescar.studies.request import Request, origin, provenance

TRAINS = False
PAGE = "lgescar.studies.repeatability.page"
RECIPE = RepeatabilityRecipe
OUTLINES = "outlines"
"""Method of readings of which only the result is known."""
TRUTH = "truth"


def study(request: Request) -> Repeated:
    """Compare the sessions given, or those of simulated readers; files in ``out``.

    Raises:
        UsageError: neither or both of recipe and readings, fewer than two sessions, or nobody in
            two of them.
        InputError: a label file or ``reading.json`` that cannot be read.
        GeometryError: two readings of a patient that do not lie on one grid.
    """
    if request.readings and request.recipe is not None:
        raise UsageError("--readings are people's and --recipe makes simulated ones: give one")
    if not request.readings and request.recipe is None:
        raise UsageError(
            "give --readings READER[/SESSION]=DIR, two or more, or --recipe for simulated readers"
        )
    found = _given(request) if request.readings else _simulated(request)
    write(found, request.out)
    return found


def _given(request: Request) -> Repeated:
    """What people's sessions say."""
    sessions = named_sessions(request.readings)
    record = {
        **origin("repeatability", request, []),
        "created": now(),
        "evaluated": {
            s.name: {p: sha256_of_file(file) for p, file in s.files.items()} for s in sessions
        },
    }
    readings = read_all(OUTLINES, sessions, comparisons(sessions))
    if not readings.rows:
        raise UsageError(
            "no patient is in two sessions; patients are matched by the names of their files"
        )
    found = repeated("repeatability of outlines", [readings], sessions, record)
    return replace(found, unpaired=unpaired(sessions))


def _simulated(request: Request) -> Repeated:
    """What simulated readers say, who read simulated patients twice by each method."""
    recipe = load_recipe(request.recipe_file, RepeatabilityRecipe)
    material = simulated_material(recipe.simulated, request.out / "cohorts" / SIMULATED)
    finder = request.open_finder(material, "validation")
    system = open_system(request.bundle)
    prompts = {"boxes": "truth, drawn by simulated readers", **asdict(recipe), **settings(system)}
    record = provenance(recipe.name, request, [recipe.seed], (material, "validation"), prompts,
                        finder) | {"created": now()}  # fmt: skip
    names = [patient.split("/", 1)[1] for patient in material.evaluated("validation")]
    truth = ReadingSession(TRUTH, "", labels_of(names, material.folders[0]))
    drawn = drawn_sessions(recipe, system, material, request.out)
    readings: list[Readings] = []
    for method in METHODS:
        sessions = drawn[method]
        pairs = comparisons(sessions, truth)
        readings.append(read_all(method, [truth, *sessions], pairs, truth.name))
    title = f"{recipe.name}: {len(recipe.readers)} simulated readers, twice each"
    return repeated(title, readings, drawn[METHODS[0]], record)
