"""Everything that can go wrong, and the exit code it ends a command with.

LgescarError (1, our bug)
├── UsageError (2)             the command line or a settings file
├── InputError (3)             a file or folder that cannot be used
│   ├── GeometryError          positions, spacings, orientations that contradict each other
│   ├── ChoiceError            several answers fit; the user must choose one
│   ├── EventError             an edit, or a stored session, that means nothing
│   └── ConflictError          somebody else changed the same reading in the meantime
├── PromptError (4)            a box or a point that says nothing
└── ModelError (5)             a bundle that is missing, damaged or foreign

A message says what was found, what was expected, where, and what to do. It never holds a
patient's name or a value copied from a header's free text.
"""


class LgescarError(Exception):
    """Anything lgescar raises on purpose."""

    exit_code = 1


class UsageError(LgescarError):
    """A command or setting that means nothing."""

    exit_code = 2


class InputError(LgescarError):
    """An input that cannot be used."""

    exit_code = 3


class GeometryError(InputError):
    """Slices that do not form a stack."""


class ChoiceError(InputError):
    """More than one series or stack fits; ``options`` names them."""

    def __init__(self, message: str, options: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.options = options


class EventError(InputError):
    """An edit of a reader, or a stored session, that means nothing."""


class ConflictError(InputError):
    """A reading that went on elsewhere; ``found`` is what is there, ``branch`` what was kept."""

    def __init__(self, message: str, found: tuple[object, ...] = (), branch: str = "") -> None:
        super().__init__(message)
        self.found = found
        self.branch = branch


class PromptError(LgescarError):
    """A prompt that lacks what the segmenter needs."""

    exit_code = 4


class ModelError(LgescarError):
    """A bundle that is missing, damaged or not ours."""

    exit_code = 5
