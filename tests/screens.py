"""`./test screens [FOLDER]`: pictures of every page, light and dark, on a desk and on a phone.

They are written to `build/screens` unless a folder is named.
"""

import argparse
import logging
import shutil
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from authwell.utils.translations import LANGUAGES
from tests.routes.pages.samples import PAGES, sample_app
from tests.routes.pages.serving import served

FOLDER = Path("build/screens")
WIDTHS = {"desk": (1280, 860), "phone": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def take(browser: Browser, address: str, lang: str, folder: Path) -> None:
    """Write one picture for each page, width and colour scheme; scripts are off."""
    for device, (width, height) in WIDTHS.items():
        for scheme in SCHEMES:
            with browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                java_script_enabled=False,
            ) as context:
                view = context.new_page()
                for page in PAGES:
                    answer = view.goto(f"{address}/{lang}/{page.name}")
                    if answer is None or not answer.ok:
                        raise SystemExit(f"{page.name} cannot be shown.")
                    name = f"{page.name}-{device}-{scheme}-{lang}.png"
                    view.screenshot(path=folder / name, full_page=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./test screens", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with served(sample_app()) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        take(browser, origin, options.lang, folder)
        browser.close()
    print(folder)


if __name__ == "__main__":
    main()
