"""A segmenter that takes boxes as a picture: one ONNX graph, however it was trained."""

from __future__ import annotations

import numpy as np

from lgescar.bundle import SingleModel
from lgescar.core.arrays import Probability
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt
from lgescar.outline.tissues import sigmoid
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import seen_through
from lgescar.prepare.prompt_maps import near_boxes, prompt_maps


class BoxedSegmenter:
    """Scar inside the boxes of a prompt, as a box segmenter's graph sees a slice.

    Nothing is scar far outside all of them.
    """

    nbytes = 0

    def __init__(self, model: SingleModel, image: Slice, frame: Frame) -> None:
        self._model = model
        self._image = image
        self._frame = frame

    def scar(self, prompt: Prompt) -> Probability:
        """Probability of scar on the slice's pixels.

        Raises:
            PromptError: there is no box, or points or a mask, which this network cannot use.
        """
        if not prompt.boxes or prompt.points or prompt.previous is not None:
            raise PromptError(f"{self._model.card.name} takes boxes and nothing else")
        frame = self._frame
        boxes = [frame.box_to_frame(b) for b in prompt.boxes]
        drawn = prompt_maps((frame.size, frame.size), boxes, [], None)[0]
        view = seen_through(frame, self._image)
        feed = {"image": view[None, None], "boxes": np.asarray(drawn, np.float32)[None, None]}
        logits = self._model.answer(feed)[0][0, 0]
        chance = sigmoid(logits) * near_boxes(frame.size, boxes)
        return np.clip(frame.restore(chance), 0.0, 1.0)
