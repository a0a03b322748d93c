from dataclasses import replace

from lgescar.core.study import Note
from lgescar.report import summary


def test_the_summary_names_numbers_slices_and_notes(heart) -> None:
    text = summary(replace(heart, notes=(Note("step-differs", "steps differ"),)))

    assert "17.3 g  (16.4 ml)" in text
    assert (
        sum(line.startswith(("0 base", "1 ", "2 ", "3 ", "4 apex")) for line in text.split("\n"))
        == 5
    )
    assert "note: steps differ [step-differs]" in text
    assert text.endswith("For research use only. Not a medical device.")


def test_what_is_not_available_says_why(unmeasured) -> None:
    assert "not available — the size of a pixel is unknown" in summary(unmeasured)


def test_a_name_cannot_steer_the_terminal(heart) -> None:
    report = replace(heart, study=replace(heart.study, name="a\x1b[2Jb\r\udce9"))

    assert summary(report).startswith("a?[2Jb??\n")
    assert summary(report).encode()
