"""The login page: what it shows, whom it lets in, where it leads."""

import pytest

from tests.routes.login.conftest import Here, at
from tests.support.browser import answer, form_with, has_form
from tests.support.configuration import PASSWORD


def test_a_person_logs_in_and_is_sent_back_with_a_code(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser)

    sent = answer(browser.log_in(page, "alice", PASSWORD))

    assert page.status_code == 200
    assert sent.uri == "https://app.example/cb"
    assert sent.code
