import math

import pytest
import torch

from lgescar.core.box import Box
from lgescar.networks.centres import STRIDE, CentreBoxes
from lgescar.train.centres import centre_loss, reach_loss, targets


def test_targets_mark_the_centre_and_reach_the_edges() -> None:
    # centre (13, 18) lies in cell (6, 9) of stride 2, whose own centre is (13, 19)
    heat, reach, weight = targets([[Box(8, 12, 18, 24)], []], 16)
    assert float(heat[0, 6, 9]) == 1.0
    assert int((heat == 1.0).sum()) == 1
    assert reach[0, :, 6, 9].tolist() == [13 - 8, 19 - 12, 18 - 13, 24 - 19]
    assert int(weight[0].sum()) == 9
    assert float(heat[1].sum()) == float(weight[1].sum()) == 0.0


def test_a_network_that_answers_its_targets_gives_the_boxes_back() -> None:
    box = Box(8, 12, 18, 24)
    heat, reach, _ = targets([[box]], 16)
    logit = torch.where(heat == 1.0, 9.0, -9.0)

    class Answer(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            return torch.cat([logit[:, None], reach], dim=1)

    boxes, scores = CentreBoxes(Answer())(torch.zeros(1, 1, 16 * STRIDE, 16 * STRIDE))
    best = int(scores[0].argmax())
    assert boxes[0, best].tolist() == [box.top, box.left, box.bottom, box.right]
    assert float(scores[0, best]) == pytest.approx(1 / (1 + math.exp(-9)))


def test_a_cell_of_two_boxes_belongs_to_the_smaller() -> None:
    large, small = Box(0, 0, 28, 28), Box(10, 10, 18, 18)
    _, reach, _ = targets([[small, large]], 16)
    # both centres are (14, 14), in cell (7, 7) whose own centre is (15, 15)
    assert reach[0, :, 7, 7].tolist() == [5, 5, 3, 3]


def test_the_centre_loss_is_as_counted_by_hand() -> None:
    # two cells, p = 1/2 in both: a centre costs (1/2)^2 ln 2; a cell with bump 1/2 costs
    # (1/2)^4 (1/2)^2 ln 2; one centre
    heat = torch.tensor([[[1.0, 0.5]]])
    expected = (1 / 4 + 1 / 64) * math.log(2)
    assert float(centre_loss(torch.zeros(1, 1, 2), heat)) == pytest.approx(expected)


def test_the_reach_loss_is_minus_the_log_of_the_overlap() -> None:
    # 10 x 10 against the same point reaching 5 further right: 100 of 150, one added to each
    true = torch.tensor([5.0, 5.0, 5.0, 5.0]).reshape(1, 4, 1, 1)
    wide = torch.tensor([5.0, 5.0, 5.0, 10.0]).reshape(1, 4, 1, 1)
    one = torch.ones(1, 1, 1)
    assert float(reach_loss(wide, true, one)) == pytest.approx(-math.log(101 / 151))
    assert float(reach_loss(true, true, one)) == 0.0
    assert float(reach_loss(wide, true, torch.zeros(1, 1, 1))) == 0.0
