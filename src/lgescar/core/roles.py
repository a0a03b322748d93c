"""The three roles a network, a rule or a person can play."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from lgescar.core.arrays import Probability
from lgescar.core.box import Box
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt
from lgescar.core.study import Study


@runtime_checkable
class StudyReader(Protocol):
    """Turns files into a study."""

    def __call__(self, path: Path) -> Study:
        """Raises InputError if the files do not hold one."""
        ...


@runtime_checkable
class Detector(Protocol):
    """Proposes boxes that hold scar."""

    @property
    def name(self) -> str:
        """Word it is chosen by."""
        ...

    def detect(self, image: Slice) -> tuple[Box, ...]:
        """Boxes with scores, in pixels of ``image``; empty when no scar is seen."""
        ...


@runtime_checkable
class Segmenter(Protocol):
    """Decides pixel by pixel, given an image and a prompt."""

    @property
    def name(self) -> str:
        """Word it is chosen by."""
        ...

    def segment(self, image: Slice, prompt: Prompt) -> Probability:
        """Probability of scar on the pixel grid of ``image``.

        Raises:
            PromptError: the prompt lacks what it needs.
        """
        ...
