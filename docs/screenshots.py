"""Makes the documents' screenshots from a running system: `python docs/screenshots.py [URL]`.

Needs Chromium on the PATH (or CLUSTERWATCH_TEST_BROWSER) and fonts with Chinese characters.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from shared.testing.browsing import BROWSER_FLAGS
from shared.testing.suites import browser_program

IMAGES = Path(__file__).parent / "img"
FULL_HD = {"width": 1920, "height": 1080}
CLUSTER = "szah-xx-functional-materials"
"""A cluster that is neither good nor bad, so that the picture shows both."""

PAGES = {
    "wall.png": "?rotate=0#/",
    "wall-cluster.png": f"?rotate=0#/cluster/{CLUSTER}",
    "wall-ranking.png": "?rotate=0#/ranking",
    "wall-projects.png": "?rotate=0#/projects",
}


def main(metrics_url: str) -> None:
    """Photograph the pages of the wall as a full-HD screen shows them, and the print view."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=BROWSER_FLAGS)
        for name, address in PAGES.items():
            page = browser.new_page(viewport=FULL_HD)
            page.goto(f"{metrics_url}/wall{address}")
            page.wait_for_selector("#stage[data-page]")
            page.wait_for_selector("#ticker b")
            page.screenshot(path=IMAGES / name)
            page.close()
        paper = browser.new_page(viewport={"width": 1600, "height": 1130})
        paper.goto(f"{metrics_url}/wall?print=1")
        paper.wait_for_selector("body[data-ready]", timeout=60_000)
        paper.screenshot(path=IMAGES / "wall-print.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8102")
