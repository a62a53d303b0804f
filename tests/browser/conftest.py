"""A real Chromium without a network, and pages to look at."""

from __future__ import annotations

import functools
import http.server
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "report"))

import results_tree

from assay import assessment, contracts
from assay.report import render

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">" + "unbroken" * 60


class Browser:
    """A Chromium driven through its development protocol."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, address: str, width: int = 1280, dark: bool = False, scripts: bool = True) -> None:
        """Open a page from nothing with a window's width, a colour scheme, and scripts on or off."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.driver.get(address)

    def command(self, name: str, **arguments: Any) -> Any:
        """Send one command of the development protocol."""
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page and return what it returns; works where the page's own scripts are off, too."""
        return self.driver.execute_script(script, *arguments)

    def complaints(self) -> list[str]:
        """Console messages since the page was opened."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser") if "favicon.ico" not in str(entry["message"])]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start one browser for all tests; they are skipped, with the reason, where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    binary = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    chromedriver = shutil.which("chromedriver")
    if not binary or not chromedriver:
        pytest.skip("no Chromium with its driver here (Debian: packages chromium and chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    downloads = tmp_path_factory.mktemp("downloads")
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads), "download.prompt_for_download": False})
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    found = Browser(driver)
    found.downloads = downloads  # type: ignore[attr-defined]
    yield found
    driver.quit()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with report.html, kmeans.html, and hostile.html, whose reasons and logs are full of markup."""
    root = tmp_path_factory.mktemp("pages")
    log = "thread 'main' panicked at src/main.rs:10:5:\nindex out of bounds: the len is 16 but the index is 16"
    plain = results_tree.Situation(status={("kmeans", "smartcore"): ("failed", "exited with status 101", log)})
    _report(root / "plain", plain, root / "report.html", root / "kmeans.html")
    status = {("kmeans", "smartcore"): ("failed", HOSTILE, HOSTILE)}
    _report(root / "bad", results_tree.Situation(status=status, excluded={("kmeans", "linfa"): HOSTILE}), root / "hostile.html")
    data = {f"own{n}": {"kind": "file", "path": f"{n}.csv", "benchmarks": ["kmeans", "linear_regression"]} for n in range(4)}
    _report(root / "ten", results_tree.Situation(config={"datasets": data, "preset": "standard"}), root / "ten.html")
    return root


def _report(results: Path, situation: results_tree.Situation, out: Path, benchmark: Path | None = None) -> None:
    catalogue = results_tree.build(results, situation)
    union = contracts.read_table(results / "analysis" / "comparisons.csv", "comparisons")
    contracts.write_json(results / "assessment" / "recommendations.json", assessment.recommendations(catalogue, union), "recommendations")
    documents = [contracts.read_json(results / "selection" / f"{name}.json") for name in ("frameworks", "arms")]
    contracts.write_table(results / "assessment" / "ecosystem.csv", assessment.ecosystem(catalogue, *documents), "ecosystem")
    render.render_report(catalogue, results, out)
    if benchmark:
        render.render_benchmark(catalogue, "kmeans", results, benchmark)


@pytest.fixture(scope="session")
def address(pages: Path) -> Callable[[str], str]:
    """Return the file address of a page."""
    return lambda name: (pages / f"{name}.html").as_uri()


@pytest.fixture
def server(pages: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve the pages on this machine and list every path that is asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            asked.append(self.path)

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(pages)))
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_port}", asked
    listener.shutdown()
    listener.server_close()
