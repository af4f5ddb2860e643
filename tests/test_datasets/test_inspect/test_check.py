import json

from rvm.datasets.config import loaders
from rvm.datasets.inspect import FAULT, WARNING, check_configs
from tests.test_datasets.test_inspect.roots import make_config, plant


def check(config, **options):
    return check_configs({'config': config}, progress=False, **options)


def all_of(report):
    return [*report.faults, *(one for section in report.sections for one in section.faults)]


def test_a_clean_root_has_no_fault_and_no_warning(clean_root):
    config = make_config(clean_root)
    report = check(config)
    assert [one.text for one in all_of(report)] == []
    assert {section.name.split()[0] for section in report.sections} == {
        'VideoMatteDataset',
        'ImageMatteDataset',
        'StillBackgrounds',
        'VideoBackgrounds',
        'CocoPanopticDataset',
        'SuperviselyDataset',
        'YouTubeVISDataset',
        'EvaluationClips',
    }
    assert all(section.clips > 0 and section.num_bytes > 0 for section in report.sections)
    assert {name for section in report.sections for name in section.loaders} == {
        place for place, _ in loaders(config)
    }


def test_one_run_finds_every_planted_fault(own_root):
    config = make_config(own_root)
    planted = plant(own_root, config)
    kinds = {kind for kind, _ in planted}
    assert len(kinds) >= 26
    report = check(config)
    found = {(one.kind, one.path) for one in all_of(report)}
    missed = [(kind, str(path)) for kind, path in planted if (kind, str(path)) not in found]
    assert missed == []
    for one in all_of(report):
        assert one.path in one.text
        assert '\n' not in one.text
    warnings = {one.kind for one in all_of(report) if one.severity == WARNING}
    assert warnings == {
        'hidden', 'ignored', 'gap', 'constant', 'collision', 'rotated', 'names-twice',
        'small', 'short', 'overlap',
    }  # fmt: skip
    assert kinds - warnings <= {one.kind for one in all_of(report) if one.severity == FAULT}
    assert json.loads(json.dumps(report.to_dict()))['faults'] == report.count(FAULT) > 20
    text = report.to_text()
    assert all(one.text in text for one in all_of(report))


def test_workers_find_the_same(own_root):
    config = make_config(own_root)
    plant(own_root, config)
    one, three = check(config), check(config, workers=3)
    assert three.to_dict() == one.to_dict()


def test_quick_finds_what_headers_show(own_root):
    config = make_config(own_root)
    planted = plant(own_root, config)
    report = check(config, quick=True)
    found = {(one.kind, one.path) for one in all_of(report)}
    missed = {(kind, path.name) for kind, path in planted if (kind, str(path)) not in found}
    assert {kind for kind, _ in missed} == {'dark', 'constant', 'segments', 'damaged'}
    assert ('damaged', 'c.mp4') in missed
    assert ('damaged', 'e.mp4') not in missed
