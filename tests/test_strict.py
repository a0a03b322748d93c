"""Settings files: what is taken, and the sentence for what is not."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from lgescar.core.errors import PromptError, UsageError
from lgescar.strict import load


@dataclass(frozen=True)
class Jitter:
    shift_px: float = 4.0
    quarter_turns: bool = True


@dataclass(frozen=True)
class Recipe:
    seed: int
    rate: float = 0.001
    loss: Literal["dice", "focal"] = "dice"
    widths: tuple[int, ...] = (16, 32)
    size: tuple[int, int] = (128, 128)
    order: tuple[int, Literal["rows", "cols"]] = (1, "rows")
    start: str | None = None
    weights: dict[str, float] = field(default_factory=dict)
    jitter: Jitter = Jitter()

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise PromptError("the rate must be positive")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_kind_of_value_arrives_as_its_own_type(tmp_path: Path) -> None:
    text = """
    seed = 3
    rate = 1
    loss = "focal"
    widths = [8, 16, 32]
    size = [64, 96]
    start = "runs/first"
    weights = { scar = 2, wall = 0.5 }
    [jitter]
    shift_px = 30.0
    """
    expected = Recipe(
        seed=3,
        rate=1.0,
        loss="focal",
        widths=(8, 16, 32),
        size=(64, 96),
        start="runs/first",
        weights={"scar": 2.0, "wall": 0.5},
        jitter=Jitter(shift_px=30.0, quarter_turns=True),
    )
    found = load(written(tmp_path, text), Recipe)
    assert found == expected
    assert type(found.rate) is float


def test_what_is_not_given_keeps_its_default(tmp_path: Path) -> None:
    assert load(written(tmp_path, "seed = 1"), Recipe) == Recipe(seed=1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seed = 1\nrat = 0.1", "unknown key 'rat'; did you mean 'rate'?"),
        ("seed = 1\n[jitter]\nshift_pix = 1.0", "unknown key 'shift_pix'; did you mean 'shift_px'"),
        ("seed = 1\nzzz = 1", "unknown key 'zzz'; the keys are jitter, loss, order, rate"),
        ("rate = 0.1", "seed must be given"),
        ("seed = 1.5", "seed is a whole number, found 1.5"),
        ("seed = true", "seed is a whole number, found True"),
        ('seed = "1"', "seed is a whole number, found '1'"),
        ("seed = 1\nrate = nan", "rate is a number, found nan"),
        ("seed = 1\nrate = -1", "the rate must be positive"),
        ('seed = 1\nloss = "hinge"', "loss is one of 'dice', 'focal', found 'hinge'"),
        ("seed = 1\nwidths = [1, 2.5]", r"widths\[1\] is a whole number, found 2.5"),
        ("seed = 1\nsize = [1]", "size has 2 values, found 1"),
        ("seed = 1\nsize = 1", "size is a list, found 1"),
        ('seed = 1\norder = [2, "up"]', r"order\[1\] is one of 'rows', 'cols', found 'up'"),
        ("seed = 1\nweights = { scar = true }", "weights.scar is a number, found True"),
        ("seed = 1\nweights = { scar = inf }", "weights.scar is a number, found inf"),
        ("seed = 1\njitter = 3", "jitter is an object with keys, found 3"),
        ("seed = 1\nstart = 3", "start is a string or null, found 3"),
        ("seed = = 1", "is not TOML"),
    ],
)
def test_a_file_that_means_nothing_is_refused_with_the_reason(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        load(written(tmp_path, text), Recipe)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the settings"):
        load(tmp_path / "absent.toml", Recipe)
