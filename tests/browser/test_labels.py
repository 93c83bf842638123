"""Names and notes that mean harm stand on every page as they were written, and do nothing: no dialog, no script, no
request to anywhere else, no link of theirs, and files that are called and filled harmlessly."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page

from components.live_chart import MOST_RUNS
from components.owner import COOKIE
from components.run_compare import WITH
from lib.arch import Architecture, Node, presets
from lib.arch.blocks.opaque import Opaque
from lib.data import own
from lib.data.npz import Arrays
from lib.errors import UserError
from lib.owner import signed
from lib.runs.store import Store
from lib.training.recipe import Recipe
from lib.training.rules import Rule, WriteNote
from tests import fake_runs
from tests.browser.app import App, drawn
from tests.browser.conftest import Visit
from tests.test_attacks import COLLECTION

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
OWNER = "5" * 32
SHOWN = """names => {
    const inside = node => [node.shadowRoot, ...node.childNodes].map(child => !child ? '' : child.nodeType === 3
        ? child.data : ['SCRIPT', 'STYLE'].includes(child.nodeName) ? '' : inside(child)).join('');
    const text = inside(document.body).replaceAll('\\u2060', '');
    return names.every(name => text.includes(name));
}"""
"""Whether all of these names stand on the page as text, without the character that follows colons and nobody sees."""
LONGEST = 95
LABELS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "![a](http://127.0.0.1/x.png)",
    "[x](javascript:alert(1))", "$\\href{javascript:alert(1)}{x}$", "a\" URL=\"javascript:alert(1)",
    "<<TABLE><TR><TD HREF=\"javascript:alert(1)\">x</TD></TR></TABLE>>", "<a href='http://127.0.0.1/'>x</a>",
    "=HYPERLINK(\"http://127.0.0.1\",\"x\")", "@SUM(1+1)*cmd|' /C calc'!A0", "{{7*7}} {0.__class__} %s ${x}",
    "Ünïcödé 모델 \U0001f642", "`code` <b>x</b> & \"q\"", ":material/delete: :red[x] **b**", "</style></script><h1>x",
    "..", "con", "../../etc/passwd", "name\r\nSet-Cookie: x=1", "\u202egnp.exe", "\0", "%{x}<br>%{y}", "'''\"\"\"\\",
]  # fmt: skip


def all_labels() -> list[str]:
    told = COLLECTION.read_text(encoding="utf-8").splitlines() if COLLECTION.exists() else []
    found = [case["payload"] for case in map(json.loads, told) if case["kind"] == "label"]
    return list(dict.fromkeys([*LABELS, *(label for label in found if len(label) < LONGEST)]))


def packed(labels: list[str]) -> Iterator[str]:
    """As many of them in one name as fit."""
    name = ""
    for label in labels:
        if len(name) + len(label) > LONGEST:
            yield name
            name = ""
        name = " ".join(f"{name} {label}".split())
    yield name


def accepted(store: Store, name: str) -> bool:
    """Whether somebody may call a run so; what cannot be shown is refused in a sentence."""
    try:
        store.submit(OWNER, name, "{}", "{}", 0)
    except UserError as error:
        assert "expected a name" in str(error)
        return False
    return True


def network(name: str) -> Architecture:
    """One of this name, with a layer that a file has called so."""
    plain = presets.load("lenet5")
    odd = Node("odd", Opaque(class_name=name, setting=name), (plain.nodes[0].id,))
    return replace(plain, name=name, nodes=(*plain.nodes, odd))


@pytest.fixture
def names(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Runs with these names in the home of the app, by their ids; each with a note, a network and a data set so called.
    """
    monkeypatch.setenv("BLOCKYARD_OWNER_WAITING", "1000")
    monkeypatch.setenv("BLOCKYARD_OWNER_DATASETS", "100")
    apart, house = Store(home=tmp_path / "apart"), Store(home=app.home)
    good = [label for label in all_labels() if accepted(Store(home=tmp_path / "tried"), label)]
    assert len(good) < len(all_labels())
    monkeypatch.setenv("BLOCKYARD_HOME", str(app.home))
    found = {}
    images, classes = np.zeros((40, 28, 28, 1), np.uint8), np.arange(40) % 2
    for name in packed(good):
        data = own.add(OWNER, name, Arrays(images, classes, images, classes), ("a", "b"))
        recipe = Recipe(data=data.name, rules=(Rule(name="told", action=WriteNote(text=name)),))
        run = fake_runs.started(apart, name, owner=OWNER, recipe=recipe)
        fake_runs.tell(apart, run, fake_runs.note(1, "told", "{text}", text=name), fake_runs.evaluation())
        apart.finish(run.id, run.attempt, "finished")
        house.new_draft(OWNER, network(name).to_json(), recipe.to_json())
        found[fake_runs.moved(run, apart, house).id] = name
    return found


class Watched:
    """A page, and what it did that it should not."""

    def __init__(self, page: Page, home: str) -> None:
        self.page, self.home = page, urlsplit(home).netloc
        self.bad: list[str] = []
        page.on("dialog", lambda dialog: (self.bad.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", self._request)

    def _request(self, request: object) -> None:
        url = urlsplit(getattr(request, "url", ""))
        if url.scheme in ("http", "https", "ws", "wss") and url.netloc != self.home:
            self.bad.append(f"request {url.geturl()}")

    def check(self, where: str) -> None:
        """Nothing on the page is more than text."""
        found = self.page.evaluate("""() => [...document.querySelectorAll('*')].filter(node =>
            [...node.attributes].some(({name, value}) => /^on/.test(name) || (/href|src|action/.test(name)
                && (/^\\s*(javascript|vbscript):/i.test(value) || value.includes('127.0.0.1'))))
            || (node.tagName === 'SCRIPT' && node.textContent.includes('alert(1)'))
        ).map(node => node.outerHTML.slice(0, 200))""")
        assert (where, found, self.bad) == (where, [], [])


def test_names_that_mean_harm_are_text_everywhere(
    visit: Visit, app: App, names: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKYARD_HOME", str(app.home))
    cookie = {"name": COOKIE, "value": signed(OWNER, app.home), "domain": "localhost", "path": "/", "httpOnly": True,
              "secure": False, "sameSite": "Lax", "expires": -1}  # fmt: skip
    page = visit("/", app=app, storage_state={"cookies": [cookie], "origins": []})
    watched = Watched(page, app.url)
    kept = Store(home=app.home).drafts(OWNER, 99)
    drafts = {json.loads(draft.architecture).get("name", ""): draft.id for draft in kept}
    ids = list(names)
    for first in range(0, len(ids), MOST_RUNS):
        together = ids[first:first + MOST_RUNS]
        others = f"&{WITH}={','.join(together[1:])}" if together[1:] else ""
        page.goto(f"{app.url}/train?run={together[0]}{others}")
        drawn(page)
        page.wait_for_function(SHOWN, arg=[names[run_id] for run_id in together])
        watched.check(f"runs from {first} on")
    for name in list(names.values())[:3]:
        page.goto(f"{app.url}/build?draft={drafts[name]}")
        drawn(page)
        watched.check(name)
    for path in ("/runs", "/data", "/gallery", "/formulas", "/train"):
        page.goto(app.url + path)
        drawn(page)
        watched.check(path)
    page.goto(f"{app.url}/build")
    drawn(page)
    page.get_by_role("button", name=re.compile("Start from")).first.click()
    drawn(page)
    watched.check("what has been kept")
    files(page, app, tmp_path)


def files(page: Page, app: App, folder: Path) -> None:
    """What is taken home is called harmlessly, and no table in it is reckoned with."""
    page.goto(f"{app.url}/runs")
    drawn(page)
    with page.expect_download() as table:
        page.get_by_role("button", name="Table as CSV").click()
    table.value.save_as(folder / "runs.csv")
    rows = list(csv.reader((folder / "runs.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) > 3
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r") and not cell[1:2].isdigit()]
    page.get_by_test_id("stDataFrame").click(position={"x": 16, "y": 52})
    drawn(page)
    for label in ("Script", "Architecture"):
        with page.expect_download() as taken:
            page.get_by_role("button", name=label, exact=True).click()
        assert re.fullmatch(r"[0-9a-z가-힣-]+\.(py|json)", taken.value.suggested_filename)
        taken.value.save_as(folder / label)
    calls = {node.func.id for node in ast.walk(ast.parse((folder / "Script").read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not calls & {"alert", "exec", "eval", "open", "__import__"}
