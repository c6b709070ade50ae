"""Take the picture of the evidence page that the documentation shows: a seed article, one record lit.

Needs a Chromium, Playwright and Pillow (extra ``dev``). The picture has the fonts of the machine; that
of the repository was taken where Vazirmatn (OFL) is installed, which the page asks for first. Example::

    python scripts/screenshot_evidence.py docs/images/evidence.png
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from pathlib import Path

from ie_model.batch import predict_batch
from ie_model.extractor import Extractor
from ie_model.report.evidence import Language, write_evidence

SEEDS = Path(__file__).parents[1] / "seeds"
SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
#: The third seed's second record: a target, what was reached, the share that is, and a check that agrees.
RECORD = "#a3r2"

COLOURS = 128


def take(page: Path, picture: Path, *, chromium: str, width: int, height: int, dark: bool) -> None:
    """Write a PNG of ``page`` with :data:`RECORD` lit; sizes are CSS pixels."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        opened = context.new_page()
        opened.goto(page.as_uri() + RECORD)
        opened.wait_for_selector("mark.on")
        picture.parent.mkdir(parents=True, exist_ok=True)
        drawn = opened.screenshot()
        browser.close()
    # A palette of 128 colours: a third of the bytes, and nobody sees it on flat areas and text.
    Image.open(io.BytesIO(drawn)).convert("RGB").quantize(COLOURS).save(picture, optimize=True)


def main() -> None:
    """Parse, predict the seeds, take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("picture", type=Path, help="where the PNG goes")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--language", type=Language, default=Language.FA, choices=list(Language))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        predict_batch([SEEDS], Extractor.load(), folder)
        page = write_evidence(folder, language=arguments.language).pages[0]
        take(
            page,
            arguments.picture,
            chromium=arguments.chromium,
            width=arguments.width,
            height=arguments.height,
            dark=arguments.dark,
        )
    print(f"{arguments.picture}: {arguments.picture.stat().st_size} bytes")


if __name__ == "__main__":
    main()
