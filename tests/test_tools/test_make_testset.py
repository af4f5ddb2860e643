import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from rvm.datasets import ChunkKey, EvaluationClips
from rvm.datasets.config import load_config
from rvm.io import frame_size
from rvm.registry import DATASETS
from tests.conftest import ROOT
from tests.test_datasets.composited import make_sources
from tests.test_datasets.footage import matte, picture, save
from tests.test_tools.conftest import assert_one_line

SMALL = ('--samples', 3, '--frames', 2, '--workers', 1)
FOREGROUNDS = {
    'videomatte': ('--foregrounds', 'videomatte', '--foreground-path', 'clips', '--size', '17x12'),
    'imagematte': ('--foregrounds', 'imagematte', '--foreground-path', 'images'),
}
BACKGROUNDS = {
    'stills': ('--backgrounds', 'stills', '--background-path', 'stills'),
    'videos': ('--backgrounds', 'videos', '--background-path', 'videos'),
}


@pytest.fixture(autouse=True)
def _no_collection(monkeypatch):
    """Leave out the collection of garbage with which mmengine ends every index, 0.4 s each."""
    quiet = SimpleNamespace(collect=lambda: 0)
    monkeypatch.setattr('mmengine.dataset.base_dataset.gc', quiet)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Sources that no test changes."""
    return make_sources(tmp_path_factory.mktemp('sources') / 'data')


@pytest.fixture
def make(run, root, tmp_path):
    """Make a data set of the set `tmp_path / 'set'`."""

    def make(foregrounds, backgrounds, *options):
        given = (*FOREGROUNDS[foregrounds], *BACKGROUNDS[backgrounds], *SMALL)
        common = ('--data-root', root, '--out', tmp_path / 'set')
        return run('make_testset', *given, *common, *options)

    return make


def test_the_four_combinations_make_one_set(make, run, tmp_path):
    for foregrounds in FOREGROUNDS:
        for backgrounds in BACKGROUNDS:
            options = ('--resolution', 25) if foregrounds == 'imagematte' else ()
            assert make(foregrounds, backgrounds, *options).status == 0
    clips = EvaluationClips(path=str(tmp_path / 'set'))
    assert [clips[index]['clip'] for index in range(0, 12, 3)] == [
        'imagematte_motion/0000',
        'imagematte_static/0000',
        'videomatte_motion/0000',
        'videomatte_static/0000',
    ]
    assert clips[0]['src'].shape == (2, 3, 25, 25)
    assert clips[6]['src'].shape == (2, 3, 12, 17)
    done = run('make_testset', '--verify', tmp_path / 'set')
    assert (done.status, done.out.count('all as they were written')) == (0, 4)
    (tmp_path / 'set/videomatte_static/0001/fgr/0001.png').unlink()
    done = run('make_testset', '--verify', tmp_path / 'set')
    assert done.status == 1
    assert '24 files in the manifest, 1 missing (0001/fgr/0001.png)' in done.out


def test_notes_and_the_folder_are_printed(make, tmp_path):
    done = make('videomatte', 'videos', '--frames', 5, '--name', 'mine', '--seed', 4)
    assert done.out.splitlines() == [
        'note: foregrounds shorter than 5 frames run back and forth: 1 (c)',
        f'wrote {tmp_path / "set" / "mine"}',
    ]
    manifest = json.loads((tmp_path / 'set/mine/manifest.json').read_text())
    assert manifest['parameters']['seed'] == 4
    assert_one_line(make('videomatte', 'videos', '--frames', 4, '--name', 'mine'), '--force')


def test_jpeg(make, tmp_path):
    make('imagematte', 'stills', '--resolution', 16, '--format', 'jpg', '--quality', 80)
    assert frame_size(tmp_path / 'set/imagematte_static/0000/pha/0001.jpg') == (16, 16)


def test_the_root_of_the_environment(run, root, tmp_path, monkeypatch):
    monkeypatch.setenv('RVM_DATA_ROOT', str(root))
    given = (*FOREGROUNDS['videomatte'], *BACKGROUNDS['stills'], *SMALL)
    assert run('make_testset', *given, '--out', tmp_path).status == 0
    monkeypatch.setenv('RVM_DATA_ROOT', str(tmp_path / 'nowhere'))
    absolute = ('--foreground-path', root / 'clips', '--background-path', root / 'stills')
    assert run('make_testset', *given, *absolute, '--out', tmp_path / 'b').status == 0
    manifest = (tmp_path / 'b/videomatte_static/manifest.json').read_text()
    assert str(root) not in manifest
    assert '"fgr": "clips/fgr/a"' in manifest


def test_lists_as_they_are_published(run, tmp_path):
    """Names with suffixes, spaces and brackets; clips by number; lines that end as on Windows."""
    names = ['woman-952506_1920 (1).png', 'test_4.png', 'boy-1518482_1920.png']
    for number, name in enumerate([*names, 'other.png']):
        save(tmp_path / 'AIM/fgr' / name.replace('png', 'jpg'), picture(40 * number))
        save(tmp_path / 'AIM/pha' / name, matte(200))
    for clip in ('0000', '0004', '0117'):
        save(tmp_path / 'BackgroundVideos' / clip / '0000.jpg', picture(90))
    (tmp_path / 'test.txt').write_bytes('\r\n'.join(names).encode())
    (tmp_path / 'clips.txt').write_text('0000\n0117\n')
    done = run(
        'make_testset',
        *('--foregrounds', 'imagematte', '--foreground-path', 'AIM', '--resolution', 16),
        *('--backgrounds', 'videos', '--background-path', 'BackgroundVideos'),
        *('--foreground-names', 'test.txt', '--background-names', tmp_path / 'clips.txt'),
        *('--data-root', tmp_path, '--out', tmp_path / 'set', *SMALL, '--samples', 4),
    )
    assert done.status == 0
    samples = json.loads((tmp_path / 'set/imagematte_motion/manifest.json').read_text())['samples']
    used = [sample['foreground']['clip'] for sample in samples]
    assert used == [
        'boy-1518482_1920.jpg',
        'test_4.jpg',
        'woman-952506_1920 (1).jpg',
        'boy-1518482_1920.jpg',
    ]
    assert [sample['motion']['mirrored'] for sample in samples] == [False, False, False, True]
    assert {sample['background']['clip'] for sample in samples} == {'0000', '0117'}
    (tmp_path / 'test.txt').write_text('absent.png\n')
    done = run(
        'make_testset',
        *('--foregrounds', 'imagematte', '--foreground-path', 'AIM'),
        *('--backgrounds', 'videos', '--background-path', 'BackgroundVideos'),
        *('--foreground-names', 'test.txt', '--data-root', tmp_path, '--out', tmp_path / 'b'),
    )
    assert_one_line(done, '1 of 1', 'absent.png')


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (('--size', '512'), '--size must be like 512x288'),
        (('--resolution', 512), '--resolution is for imagematte'),
        (('--samples', 0), 'num_samples must be 1 or more, not 0'),
        (('--seed', -1), 'seed must be in 0..4294967295, not -1'),
        (('--workers', 0), '--workers must be 1 or more, not 0'),
        (('--quality', 95), '--quality is for --format jpg'),
        (('--name', ''), "name='' must name one folder"),
        (('--size', '99999x2'), 'each 1 to 65500 pixels, not (99999, 2)'),
        (('--foreground-path', 'nothing'), 'nothing/fgr does not exist'),
        (('--format', 'jpg', '--quality', 0), 'quality is 0'),
    ],
)
def test_wrong_options_are_one_sentence(make, options, words, tmp_path):
    assert_one_line(make('videomatte', 'stills', *options), words)
    assert not (tmp_path / 'set').exists()


def test_what_is_missing_is_named(run, make, tmp_path):
    done = run('make_testset', '--foregrounds', 'videomatte', '--out', tmp_path)
    assert_one_line(done, '--foreground-path, --backgrounds, --background-path must be given')
    assert_one_line(make('imagematte', 'stills', '--size', '16x16'), '--size is for videomatte')
    assert_one_line(run('make_testset', '--verify', tmp_path), 'has a manifest.json')


def test_verify_takes_no_options_of_making(run, make, tmp_path):
    options = ('--out', tmp_path / 'b', '--size', '3x3', '--force', '--seed', 0)
    done = run('make_testset', '--verify', tmp_path, *options)
    assert_one_line(done, '--verify makes nothing and takes no --size, --seed, --out, --force')
    make('videomatte', 'stills')
    assert run('make_testset', '--verify', tmp_path / 'set', '--workers', 2).status == 0


def test_a_run_that_fails_leaves_no_folder(run, tmp_path):
    root = make_sources(tmp_path / 'data')
    file = root / 'clips/fgr/b/0003.png'
    file.write_bytes(file.read_bytes()[:-30])
    done = run(
        'make_testset',
        *(*FOREGROUNDS['videomatte'], *BACKGROUNDS['stills'], *SMALL, '--frames', 8),
        *('--data-root', root, '--out', tmp_path / 'a/set'),
    )
    assert done.status == 2
    assert 'fgr/b/0003.png' in done.err
    assert [path.name for path in tmp_path.iterdir()] == ['data']


def commands(page: str) -> list[list[str]]:
    """Return the arguments of every call of the tool in the shell blocks of a page."""
    script = '\n'.join(re.findall(r'```bash\n(.*?)```', page, re.DOTALL))
    script = script.replace('python tools/make_testset.py', 'call')
    recorder = 'call() { printf "%s\\n" "$@"; echo; }\n'
    found = subprocess.run(
        ['bash', '-euc', recorder + script], capture_output=True, text=True, check=True
    )
    return [call.split('\n') for call in found.stdout.strip().split('\n\n')]


def test_the_commands_of_the_page_work(run, tmp_path, monkeypatch):
    page = (ROOT / 'docs' / 'testsets.md').read_text(encoding='utf-8')
    data = make_sources(tmp_path / 'data')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('RVM_DATA_ROOT', raising=False)
    places = {
        'clips': 'VideoMatte240K_JPEG_HD',
        'stills': 'Backgrounds',
        'videos': 'BackgroundVideos',
    }
    for source, place in places.items():
        shutil.copytree(data / source, data / place / 'test')
    for name in ('D646', 'AIM'):
        shutil.copytree(data / 'images', data / name / 'test')
        (data / f'{name.lower()}_test.txt').write_text('tall.png\n')
    (data / 'dvm_background_test_clips.txt').write_text('1\n')
    calls = commands(page)
    assert len(calls) == 4 + 1 + 8
    sizes = {'imagematte': ('--resolution', 16), 'videomatte': ('--size', '16x12')}
    for call in calls:
        small = () if '--verify' in call else (*sizes[call[1]], *SMALL, '--force')
        done = run('make_testset', *call, *small)  # --force: D646 at 512 comes twice
        assert done.status == 0, done.err
    sets = sorted(path.relative_to('sets').as_posix() for path in Path('sets').glob('*/*'))
    assert sets == [
        f'{name}_{size}/{name}_{kind}'
        for name, size in (
            *((name, size) for name in ('aim', 'd646') for size in ('2048x2048', '512x512')),
            ('videomatte', '512x288'),
        )
        for kind in ('motion', 'static')
    ]


def test_the_code_of_the_page_works(tmp_path, monkeypatch):
    page = (ROOT / 'docs' / 'testsets.md').read_text(encoding='utf-8')
    write, config = re.findall(r'```python\n(.*?)```', page, re.DOTALL)
    data = make_sources(tmp_path / 'data')
    monkeypatch.chdir(tmp_path)
    shutil.copytree(data / 'images', data / 'D646' / 'test')
    shutil.copytree(data / 'clips', data / 'VideoMatte240K_JPEG_HD' / 'test')
    shutil.copytree(data / 'stills', data / 'Backgrounds' / 'test')
    small = {'resolution=512': 'resolution=16', 'num_samples=20': 'num_samples=1'}
    for given, smaller in small.items():
        assert given in write
        write = write.replace(given, smaller)
    exec(write.replace('num_frames=100', 'num_frames=2').replace('workers=2', 'workers=1'), {})
    assert len(list(Path('sets/d646/d646_static').rglob('*.jpg'))) == 8
    (tmp_path / 'base.py').write_text(
        "test_dataloader = dict(dataset=dict(type='EvaluationClips'))"
    )
    (tmp_path / 'config.py').write_text(f"_base_ = 'base.py'\n{config}")
    dataset = DATASETS.build(load_config(tmp_path / 'config.py').test_dataloader.dataset)
    assert dataset[ChunkKey(0, 0, 1)]['src'].shape == (1, 3, 288, 512)
