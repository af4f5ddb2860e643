"""What README.md and the docs show works."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from rvm.models import MattingNetwork, build_network
from rvm.registry import MODELS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', *sorted((ROOT / 'docs').glob('*.md'))]


def _snippets(page: Path, language: str) -> list[str]:
    return re.findall(rf'```{language}\n(.*?)```', page.read_text(encoding='utf-8'), re.DOTALL)


def test_pages_are_found():
    assert len(PAGES) >= 5


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_and_named_files_exist(page):
    text = page.read_text(encoding='utf-8')
    links = [link for link in re.findall(r'\]\(([^)#]+)\)', text) if '://' not in link]
    named = re.findall(r'\b((?:tools|configs|docs|rvm)/[\w/.]+\.(?:py|sh|md))', text)
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [name for name in named if not (ROOT / name).exists()]
    assert not missing


def test_readme_network_snippet_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    (snippet,) = [s for s in _snippets(ROOT / 'README.md', 'python') if 'network.segment' in s]
    names: dict = {}
    exec(snippet.replace('288, 512', '64, 96').replace('15, 3', '3, 3'), names)
    assert names['pha'].shape == (1, 1, 64, 96)
    assert names['seg'].shape == (1, 3, 1, 64, 96)


def test_metric_functions_of_the_docs_run():
    (snippet,) = [s for s in _snippets(ROOT / 'docs' / 'evaluation.md', 'python') if 'mad(' in s]
    rng = np.random.default_rng(0)
    names = {
        name: rng.integers(0, 256, shape, np.uint8)
        for name, shape in {
            'pred': (2, 9, 12),
            'true': (2, 9, 12),
            'pred_fgr': (2, 3, 9, 12),
            'true_fgr': (2, 3, 9, 12),
            'true_pha': (2, 9, 12),
        }.items()
    }
    for line in snippet.splitlines():
        exec(line, names)
        if line.startswith('metrics.'):
            assert eval(line, names).shape == (2,)


def test_a_backbone_is_one_line(tmp_path):
    (snippet,) = [s for s in _snippets(ROOT / 'README.md', 'python') if 'efficientnet_b0' in s]
    config = tmp_path / 'config.py'
    snippet = snippet.replace('configs/', f'{ROOT}/configs/').replace('pretrained=True', '')
    config.write_text(snippet, encoding='utf-8')
    network = build_network(config)
    assert isinstance(network, MattingNetwork)
    assert network.backbone.channels == (16, 24, 40, 320)


def test_own_refiner_of_the_docs_works(tmp_path, monkeypatch, tiny_config):
    code, config = _snippets(ROOT / 'docs' / 'network.md', 'python')
    (tmp_path / 'my_refiner.py').write_text(code, encoding='utf-8')
    (tmp_path / 'config.py').write_text(
        config.replace('configs/', f'{ROOT}/configs/'), encoding='utf-8'
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        network = build_network(tmp_path / 'config.py').eval()
        with torch.no_grad():
            _, pha, _ = network(torch.rand(1, 3, 64, 96), None, 0.5)
        assert type(network.refiner).__name__ == 'NearestRefiner'
        assert torch.equal(pha[..., ::2, ::2], pha[..., 1::2, 1::2])
    finally:
        MODELS.module_dict.pop('NearestRefiner', None)
