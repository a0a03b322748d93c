"""The sandbox, with a real child process."""

import json
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

import lgescar
from lgescar.core.errors import ChoiceError, GeometryError, InputError, UsageError
from lgescar.read import read_labels, read_study, sandbox
from lgescar.read.nifti import read_nifti


@pytest.fixture
def path(nifti_file, oblique):
    return nifti_file(np.arange(120, dtype=np.int16).reshape(6, 5, 4), oblique)


def test_the_child_reads_what_this_process_would_read(path):
    apart, direct = lgescar.read(path), read_nifti(path)
    assert apart.notes == direct.notes
    assert apart.indices == direct.indices
    for ours, theirs in zip(apart.slices, direct.slices, strict=True):
        assert np.array_equal(ours.pixels, theirs.pixels)
        assert ours.geometry == theirs.geometry


def test_labels_are_read_through_the_child_too(path, nifti_file, oblique):
    codes = np.zeros((6, 5, 4), np.uint8)
    codes[1, 2, 3] = 4
    labels = read_labels(nifti_file(codes, oblique, "labels.nii.gz"), read_study(path))
    assert [int(label.mvo.sum()) for label in labels] == [0, 0, 0, 1]
    with pytest.raises(GeometryError, match="shape"):
        read_labels(nifti_file(codes[:5], oblique, "labels.nii.gz"), read_study(path))


def test_options_reach_the_reader_and_errors_keep_their_kind(stack, save):
    folder = save(stack(3, PixelSpacing=None) + stack(3, SeriesInstanceUID="1.2.4"))
    study = read_study(folder, series="1.2.3", spacing_mm=(2.0, 3.0, 4.0))
    assert study.spacing_mm == (2.0, 3.0)
    with pytest.raises(ChoiceError) as caught:
        read_study(folder, strict=True)
    assert set(caught.value.options) == {"1.2.3", "1.2.4"}


def test_a_spacing_that_is_no_length_is_a_usage_error(path):
    with pytest.raises(UsageError, match="positive"):
        read_study(path, spacing_mm=(0.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("raise BaseException('Secret^Patient')", "BaseException while decoding"),
        ("raise MemoryError", "too much memory"),
        ("bytearray(1 << 40)", "too much memory"),
        # The documented 3 GiB: one more are refused, one less (with all that is loaded) are not.
        ("import numpy; numpy.zeros(4 << 30, 'u1')", "too much memory"),
        ("import numpy; numpy.zeros(2 << 30, 'u1'); raise LookupError", "LookupError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "damaged"),
        ("import os; os._exit(7)", "damaged"),
        ("import sys; sys.exit('Secret^Patient')", "SystemExit while decoding"),
        ("f = lambda: f(); f()", "RecursionError while decoding"),
        ("print('rubbish', flush=True); raise ValueError", "ValueError while decoding"),
    ],
)
def test_whatever_the_child_does_the_caller_gets_one_sentence(path, monkeypatch, code, word):
    with pytest.raises(InputError, match=word) as caught:
        run_instead(monkeypatch, path, code)
    assert "Secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def run_instead(monkeypatch, path, code):
    """The real guard and the real worker, but the NIfTI reader's body replaced by ``code``."""
    program = (
        "import lgescar.read.nifti as nifti, lgescar.read.worker as worker\n"
        "def broken(*_):\n    " + code + "\n"
        "nifti.read_nifti = broken\n"
        "worker.main()\n"
    )
    start = subprocess.Popen

    def popen(command, **options):
        assert command[:2] == [sys.executable, "-P"]
        return start([sys.executable, "-P", "-c", program], **options)

    monkeypatch.setattr(sandbox.subprocess, "Popen", popen)
    return read_study(path)


def test_a_child_that_hangs_is_killed_with_its_children(path, monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox, "BASE_SECONDS", 1.5)
    mark = tmp_path / "grandchild"
    code = (
        "import subprocess, sys, time, pathlib; "
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        f"pathlib.Path({str(mark)!r}).symlink_to(str(p.pid)); time.sleep(600)"
    )
    with pytest.raises(InputError, match="longer than"):
        run_instead(monkeypatch, path, code)
    pid = int(mark.readlink().name)
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        pass
    assert not alive(pid)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_module_beside_the_user_is_not_imported(path, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    assert len(read_study(path).slices) == 4


def test_a_zip_bomb_is_refused(tmp_path, stack, save):
    folder = save(stack(2))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "IM001.dcm", "IM001.dcm")
        archive.writestr("IM002.dcm", bytes(200 * 2**20))
    with pytest.raises(InputError, match="more than is allowed"):
        read_study(tmp_path / "bomb.zip")


def test_the_worker_imports_neither_dicom_nor_pictures_for_a_nifti(path):
    request = {"what": "study", "path": str(path), "spacing_mm": None, "series": None}
    program = (
        "import json, sys\nfrom lgescar.read.worker import answer\n"
        f"answer(json.loads({json.dumps(request | {'strict': False})!r}))\n"
        "print([m for m in ('pydicom', 'PIL', 'nibabel', 'imagecodecs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
