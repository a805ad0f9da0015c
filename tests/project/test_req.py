"""`./test req`: rows of the group files, and the tests that cite them."""

from pathlib import Path

import pytest

from scripts import req

GROUP = """\
# codes
CD-01 a code is used once

CD-02 a code belongs to its client
CD-03 a code expires
later:
CD-04 device-grant: a device code is used once
"""

TESTS = """\
import pytest

pytestmark = pytest.mark.req("CD-03")

@pytest.mark.req("CD-01", "CD-09")
def test_a_code_is_used_once() -> None: ...
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tests/requirements").mkdir(parents=True)
    (tmp_path / "tests/flows").mkdir()
    (tmp_path / "tests/requirements/codes.txt").write_text(GROUP)
    (tmp_path / "tests/flows/test_codes.py").write_text(TESTS)
    return tmp_path


@pytest.mark.req("0.10")
def test_an_uncited_row_is_printed_and_counted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = req.main(["codes"], project)

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        "CD-02 a code belongs to its client",
        "1 of 3 rows without a test",
    ]


def test_cited_rows_pass_and_later_rows_are_not_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = '@pytest.mark.req("CD-02")\nclass TestCodes: ...\n'
    (project / "tests/test_more.py").write_text(more)

    code = req.main([], project)

    assert (code, capsys.readouterr().out) == (0, "0 of 3 rows without a test\n")


def test_an_unknown_group_is_an_error(project: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        req.main(["nothing"], project)

    assert refused.value.code == 2


@pytest.mark.parametrize("line", ["CD-05", "CD-01 the same row again"])
def test_a_line_that_is_no_row_is_an_error(project: Path, line: str) -> None:
    path = project / "tests/requirements/bad.txt"
    path.write_text(f"CD-01 a code is used once\n{line}\n")

    with pytest.raises(req.BadGroup, match=r"bad\.txt:2"):
        req.read_rows(path)
