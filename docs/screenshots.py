"""Makes the documents' screenshots from a running system: `python docs/screenshots.py [URL]`.

Needs Chromium on the PATH (or CLUSTERWATCH_TEST_BROWSER) and fonts with Chinese characters.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from shared.testing.suites import browser_program

IMAGES = Path(__file__).parent / "img"
# As root Chromium needs the first; the others keep it from calling outside.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def main(metrics_url: str) -> None:
    """Photograph the wall as a full-HD screen shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{metrics_url}/wall")
        page.get_by_text("综合得分").wait_for()  # the strip that is filled last
        page.screenshot(path=IMAGES / "wall.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8102")
