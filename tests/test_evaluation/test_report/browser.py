"""A page in a real browser, where there is one: RVM_BROWSER names it, or it is on the PATH."""

import html
import json
import os
import re
import shutil
import subprocess

import pytest

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome')
OPTIONS = (
    '--headless',
    '--no-sandbox',
    '--no-zygote',
    '--disable-gpu',
    '--no-first-run',
    '--virtual-time-budget=4000',
    '--dump-dom',
)

# Before anything of the page runs.
LISTEN = """<script>
window.faults = [];
window.addEventListener('error', (event) => window.faults.push(String(event.message)), true);
console.error = (...args) => window.faults.push(args.join(' '));
</script>"""

# When all is loaded: what it looks like, and what the tables hold after clicks on headings.
MEASURE = """<script>
window.addEventListener('load', () => {
  const root = document.documentElement;
  const visible = (e) => e.checkVisibility?.() ?? e.offsetParent !== null;
  const wide = [...document.querySelectorAll('main *')].filter((e) => visible(e)
    && !e.closest('.box') && !e.closest('svg')
    && e.getBoundingClientRect().right > root.clientWidth + 1);
  const table = document.querySelector('table.sortable');
  const sorted = [...table.tHead.rows[0].cells].map((head, column) => [0, 1].map(() => {
    head.querySelector('button').click();
    return [...table.tBodies[0].rows].map((row) => row.cells[column].textContent.trim());
  }));
  const chart = document.querySelector('.clip[open] .chart');
  const box = chart.getBoundingClientRect();
  const where = { clientX: box.left + box.width / 2, clientY: box.top + 20, bubbles: true };
  const texts = () => [...chart.closest('.clip').querySelectorAll('.readout')]
    .map((e) => e.textContent);
  const rest = texts();
  chart.dispatchEvent(new PointerEvent('pointermove', where));
  const hovered = texts();
  chart.dispatchEvent(new PointerEvent('pointerleave', where));
  const closed = document.querySelector('details.clip:not([open])');
  if (closed) location.hash = '#' + closed.id;
  setTimeout(() => parent.postMessage(JSON.stringify({
    width: innerWidth,
    scroll_width: root.scrollWidth,
    wide: wide.map((e) => e.outerHTML.slice(0, 80)),
    paper: getComputedStyle(document.body).backgroundColor,
    sorted, rest, hovered, left: texts(),
    opened: closed ? closed.open : null,
    resources: performance.getEntriesByType('resource').map((e) => e.name)
      .filter((name) => !name.startsWith('data:')),
    pictures: [...document.querySelectorAll('.clip[open] svg image')]
      .map((e) => e.getBoundingClientRect().width > 0),
    faults: window.faults,
  }), '*'), 200);
});
</script>"""


def find_browser():
    """The path of a browser; the test is skipped without one."""
    named = os.environ.get('RVM_BROWSER')
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip('no browser: set RVM_BROWSER to a Chromium, or put one on the PATH')
    return found


def measure(page, width, folder, dark=False):
    """Open a page in a frame of `width` pixels (a window may not be that narrow)."""
    browser = find_browser()
    page = page.replace('<head>', f'<head>{LISTEN}', 1).replace('</body>', f'{MEASURE}</body>', 1)
    (folder / 'page.html').write_text(page, encoding='utf-8')
    (folder / 'frame.html').write_text(
        '<!doctype html><body><pre id="found"></pre><script>'
        'onmessage = (event) => { document.getElementById("found").textContent = event.data; };'
        f'</script><iframe src="page.html" width="{width}" height="844" frameborder="0"></iframe>',
        encoding='utf-8',
    )
    profile = f'--user-data-dir={folder / "profile"}'
    scheme = ['--force-dark-mode'] * dark
    command = [browser, *OPTIONS, *scheme, profile, (folder / 'frame.html').as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, f'the page reported nothing: {done.stderr[-2000:]}'
    return json.loads(html.unescape(found[1]))
