"""A segmenter that takes boxes as a picture: one ONNX graph, whatever taught it."""

from __future__ import annotations

import numpy as np

from lgescar.bundle import SingleModel
from lgescar.core.arrays import Probability
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import seen_through
from lgescar.prepare.prompt_maps import near_boxes, prompt_maps
from lgescar.segment.promptable import sigmoid


class BoxedSegmenter:
    """Scar inside the boxes of a prompt, as a box segmenter's graph sees it through ``frame``.

    Nothing is scar far outside all of them.
    """

    def __init__(self, model: SingleModel, frame: Frame) -> None:
        self._model = model
        self._frame = frame

    @property
    def name(self) -> str:
        """Word it is chosen by."""
        return self._model.card.name

    def segment(self, image: Slice, prompt: Prompt) -> Probability:
        """Probability of scar on the pixel grid of ``image``.

        Raises:
            PromptError: there is no box, or points or a mask, which this network cannot use.
        """
        if not prompt.boxes or prompt.points or prompt.previous is not None:
            raise PromptError(f"{self.name} takes boxes and nothing else")
        frame = self._frame
        boxes = [frame.box_to_frame(b) for b in prompt.boxes]
        drawn = prompt_maps((frame.size, frame.size), boxes, [], None)[0]
        if not drawn.any():
            raise PromptError("every box lies away from the heart; draw them on the wall")
        view = seen_through(frame, image)
        feed = {"image": view[None, None], "boxes": np.asarray(drawn, np.float32)[None, None]}
        logits = self._model.answer(feed)[0][0, 0]
        chance = sigmoid(logits) * near_boxes(frame.size, boxes)
        return np.clip(frame.restore(chance), 0.0, 1.0)
