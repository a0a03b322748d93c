"""Studies are read in their order, one ahead of the one in use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lgescar.core.errors import InputError
from lgescar.read.ahead import reading_ahead
from lgescar.simulate import simulate_patient
from lgescar.simulate.write_nifti import write_patient_nifti


def test_each_study_or_its_refusal_comes_in_order_and_no_more_than_one_ahead(
    tmp_path: Path,
) -> None:
    for name in ("one", "two"):
        write_patient_nifti(simulate_patient(3), tmp_path, name)
    begun: list[str] = []

    def paths() -> Iterator[Path]:
        for name in ("one", "none", "two"):
            begun.append(name)
            yield tmp_path / "images" / f"{name}.nii.gz"

    with reading_ahead(paths(), strict=False) as studies:
        assert begun == ["one"]
        assert next(studies).result().name == "one"
        assert begun == ["one", "none"]
        refused = next(studies)
        with pytest.raises(InputError):
            refused.result()
        assert next(studies).result().name == "two"
        assert next(studies, None) is None
