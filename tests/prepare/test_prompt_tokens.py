from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.prepare.prompt_tokens import prompt_tokens

POINTS = (Point(3.5, 4.5), Point(9.5, 1.5, inside=False))


def test_points_come_first_and_then_the_corners_of_the_box() -> None:
    at, kinds = prompt_tokens(Box(1.0, 2.0, 11.0, 12.0), POINTS)
    assert at.tolist() == [[3.5, 4.5], [9.5, 1.5], [1.0, 2.0], [11.0, 12.0]]
    # 1 inside, 0 outside, 2 and 3 the corners
    assert kinds.tolist() == [1, 0, 2, 3]


def test_points_alone_end_with_a_token_that_means_nothing() -> None:
    at, kinds = prompt_tokens(None, POINTS)
    assert kinds.tolist() == [1, 0, -1]
    assert at.shape == (3, 2)
