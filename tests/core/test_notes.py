"""Notes that several rooms give."""

from pathlib import Path

from lgescar.core import notes
from lgescar.core.study import Note


def test_every_shared_note_is_explained_on_its_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "inputs.md"
    rows = {
        line.split("`")[1] for line in page.read_text("utf-8").splitlines() if line[:3] == "| `"
    }
    shared = [note for note in vars(notes).values() if isinstance(note, Note)]
    assert len(shared) >= 6
    assert {note.code for note in shared} <= rows
