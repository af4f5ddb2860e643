"""A data root with all kinds of sources, a config that reads it, and faults to plant in it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.test_io.media_factory import truncate, write_video

SIZE, T = 32, 3
SD = 'VideoMatte240K_JPEG_SD'


def make_root(demo: Path, folder: Path) -> Path:
    """Copy the demo data, and add what they lack: pairs of videos, and video files."""
    shutil.copytree(demo, folder)
    for name in ('a', 'b', 'c', 'd', 'e'):
        for part in ('fgr', 'pha'):
            path = folder / 'Mp4' / part / f'{name}.mp4'
            path.parent.mkdir(parents=True, exist_ok=True)
            write_video(path, 6)
    for name in ('still', 'walk'):
        path = folder / 'Clips' / f'{name}.mp4'
        path.parent.mkdir(exist_ok=True)
        write_video(path, 6)
    return folder


def source(kind: str, root: Path, path: str, **options: Any) -> dict:
    """Return the config of a source that gives samples."""
    config = {'type': kind, 'data_root': str(root), 'path': path, **options}
    if kind in ('StillBackgrounds', 'VideoBackgrounds', 'EvaluationClips'):
        return config
    pack = 'PackMatting' if 'Matte' in kind else 'PackSegmentation'
    pipeline = {'crop': {'type': 'CropResize', 'size': SIZE}, 'pack': {'type': pack}}
    return {'num_frames': T, 'pipeline': pipeline, **config}


def backgrounds(root: Path, split: str) -> dict:
    """Return the config of still and video backgrounds."""
    return {
        'type': 'Backgrounds',
        'stills': source('StillBackgrounds', root, f'Backgrounds/{split}'),
        'videos': source('VideoBackgrounds', root, f'BackgroundVideos/{split}'),
    }


def make_config(root: Path) -> dict:
    """Return a config that reads every source of `make_root`."""
    clips = {'type': 'Backgrounds', 'stills': None, 'videos': None}
    clips['videos'] = source('VideoBackgrounds', root, 'Clips')
    clips['stills'] = source('StillBackgrounds', root, 'Backgrounds/train')
    both = {name: backgrounds(root, name) for name in ('train', 'valid')}
    segmentation = {
        'coco': source('CocoPanopticDataset', root, 'coco'),
        'supervisely': source('SuperviselyDataset', root, 'SuperviselyPersonDataset'),
    }
    for still in segmentation.values():
        still['num_frames'] = 1
    train = {
        'mat': source('VideoMatteDataset', root, f'{SD}/train', backgrounds=both['train']),
        'mp4': source('VideoMatteDataset', root, 'Mp4', backgrounds=clips),
        'image': source('ImageMatteDataset', root, 'ImageMatte/train', backgrounds=both['train']),
        'seg_video': source('YouTubeVISDataset', root, 'YouTubeVIS/train'),
        'seg_image': {'type': 'MixedDataset', 'sources': segmentation},
    }
    valid = source('VideoMatteDataset', root, f'{SD}/valid', backgrounds=both['valid'])
    return {
        'data_root': str(root),
        'train_dataloader': {name: {'dataset': dataset} for name, dataset in train.items()},
        'val_dataloader': {'dataset': valid},
        'test_dataloader': [{'dataset': source('EvaluationClips', root, 'videomatte_demo')}],
    }


def dump(config: dict, path: Path) -> Path:
    """Write a config to a file (mmengine's own way formats it, which takes seconds)."""
    path.write_text(''.join(f'{name} = {value!r}\n' for name, value in config.items()))
    return path


def rewrite(path: Path, change: Any) -> None:
    """Change the contents of a JSON file in place."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def save(path: Path, image: np.ndarray) -> None:
    """Write an image over another one."""
    assert cv2.imwrite(str(path), image)


def damage_video(path: Path) -> None:
    """Flip bits in the pictures of a video, which is still read from end to end."""
    data = bytearray(path.read_bytes())
    end = data.find(b'moov')
    for place in np.random.default_rng(0).integers(end // 2, end, 12):
        data[place] ^= 1 << 3
    path.write_bytes(data)


def plant(root: Path, config: dict) -> list[tuple[str, Path]]:
    """Damage the root in every way; return (kind, path) of what must be found."""
    found: list[tuple[str, Path]] = []

    def add(kind: str, path: Path) -> Path:
        found.append((kind, path))
        return path

    train = config['train_dataloader']
    clips = root / SD / 'train'
    frames = clips / 'fgr' / '0001'
    first, second, third, fourth = sorted(frames.iterdir())[:4]
    suffix = first.suffix

    # files
    data = second.read_bytes()
    add('truncated', second).write_bytes(data[: len(data) // 2])
    add('empty', third).write_bytes(b'')
    add('damaged', root / 'Backgrounds/train/noise.jpg').write_bytes(b'no picture at all' * 9)
    add('hidden', frames / '.DS_Store').write_bytes(b'x')
    add('ignored', frames / 'notes.txt').write_text('shot on a Monday')
    add('link', root / 'Backgrounds/train/gone.jpg').symlink_to(root / 'nowhere.jpg')
    add('not-a-file', frames / f'0900{suffix}').mkdir()
    add('not-a-file', root / 'Backgrounds/train/pipe.png')
    os.mkfifo(root / 'Backgrounds/train/pipe.png')

    # clips and pairs
    shutil.copytree(clips / 'fgr' / '0003', add('unpaired', clips / 'fgr' / '0500'))
    shutil.copy(fourth, add('unpaired', frames / f'0800{suffix}'))
    add('gap', frames)
    add('no-frames', clips / 'pha' / '0600').mkdir()
    shutil.copytree(clips / 'fgr' / '0003', clips / 'fgr' / '0600')
    add('not-a-folder', root / 'BackgroundVideos/train/0009').write_text('')
    matte = sorted((clips / 'pha' / '0002').iterdir())
    save(add('size', matte[1]), cv2.resize(cv2.imread(str(matte[1])), (40, 24)))
    for path in sorted((clips / 'pha' / '0003').iterdir()):
        save(path, np.zeros((48, 80), np.uint8))
    add('constant', clips / 'pha' / '0003')
    stills = root / 'ImageMatte' / 'train'
    picture, other, dark = (path.name for path in sorted((stills / 'pha').iterdir())[:3])
    save(add('size', stills / 'pha' / picture), np.full((20, 20), 255, np.uint8))
    pixels = np.zeros(cv2.imread(str(stills / 'pha' / dark)).shape[:2], np.uint8)
    pixels[:9] = 1
    save(add('dark', stills / 'pha' / dark), pixels)
    shutil.copy(stills / 'fgr' / other, stills / 'fgr' / 'Anna.png')
    shutil.copy(stills / 'pha' / other, stills / 'pha' / 'Anna.png')
    shutil.copy(stills / 'fgr' / other, add('collision', stills / 'fgr' / 'anna.png'))
    shutil.copy(stills / 'pha' / other, stills / 'pha' / 'anna.png')

    # videos
    videos = root / 'Mp4'
    whole = write_video(root / 'a.mp4', 6, container_options={'movflags': '+faststart'})
    truncate(whole, add('truncated', videos / 'pha/a.mp4'), 0.9)
    write_video(add('length', videos / 'pha/b.mp4'), 4)
    damage_video(add('damaged', videos / 'fgr/c.mp4'))
    write_video(add('rotated', videos / 'fgr/d.mp4'), 6, rotation=90)
    add('damaged', videos / 'pha/e.mp4').write_bytes(b'no video' * 200)
    shutil.copytree(frames, add('twice', root / 'Clips/walk'))

    # lists, splits, sizes
    list_of_names = add('names', root / 'lists' / 'names.txt')
    list_of_names.parent.mkdir()
    list_of_names.write_text('0001\n0002\n0003\n0003\n7777\n0600\n')
    add('names-twice', list_of_names)
    train['mat']['dataset']['names'] = 'lists/names.txt'
    shutil.copytree(clips / 'fgr' / '0002', add('overlap', root / SD / 'valid/fgr/0700'))
    shutil.copytree(clips / 'pha' / '0002', root / SD / 'valid/pha/0700')
    held_out = config['val_dataloader']['dataset']['backgrounds']
    held_out['stills'] = source('StillBackgrounds', root, 'Backgrounds/train')
    add('overlap', root / 'Backgrounds/train')
    save(add('small', root / 'Backgrounds/train/tiny.png'), np.full((16, 16, 3), 90, np.uint8))
    found[-1] = ('small', root / 'Backgrounds/train')
    add('short', root / 'BackgroundVideos/train')
    for path in sorted((root / 'BackgroundVideos/train/0001').iterdir())[2:]:
        path.unlink()
    shutil.rmtree(add('missing', root / 'BackgroundVideos/valid'))

    # annotations
    coco = root / 'coco'
    content = json.loads((coco / 'annotations/panoptic_train2017.json').read_text())
    person = next(one['id'] for one in content['categories'] if one['name'] == 'person')
    shown = [
        one
        for one in content['annotations']
        if any(s['category_id'] == person and not s['iscrowd'] for s in one['segments_info'])
    ]
    images = {image['id']: image['file_name'] for image in content['images']}
    masks = [coco / 'panoptic_train2017' / one['file_name'] for one in shown]
    pictures = [coco / 'train2017' / images[one['image_id']] for one in shown]
    add('missing', pictures[0]).unlink()
    add('missing', masks[1]).unlink()
    add('segments', masks[2])
    shown[2]['segments_info'][-1]['id'] += 1
    add('size', masks[3])
    save(masks[3], cv2.imread(str(masks[3]))[:-4])
    (coco / 'annotations/panoptic_train2017.json').write_text(json.dumps(content))
    instances = add('annotation', root / 'coco' / 'annotations' / 'instances_train2017.json')
    boxes = {'id': 1, 'image_id': 1, 'category_id': 1, 'segmentation': []}
    instances.write_text(json.dumps({**content, 'annotations': [boxes]}))
    cut = add('annotation', root / 'coco' / 'annotations' / 'cut.json')
    cut.write_text(json.dumps(content)[:-40])
    for name in ('instances_train2017', 'cut'):
        other = source('CocoPanopticDataset', root, 'coco', annotations=f'annotations/{name}.json')
        train[name] = {'dataset': other}
    vis = add('run-lengths', root / 'YouTubeVIS/train/instances.json')
    owls = add('annotation', root / 'YouTubeVIS/train/owls.json')
    shutil.copy(vis, owls)
    rewrite(owls, lambda content: content['categories'].clear())
    train['owls'] = {
        'dataset': source('YouTubeVISDataset', root, 'YouTubeVIS/train', annotations='owls.json')
    }
    add('length', vis)
    rewrite(vis, _damage_masks)
    video = json.loads(vis.read_text())['videos'][0]['file_names']
    add('missing', root / 'YouTubeVIS/train/JPEGImages' / video[1]).unlink()

    # configs
    train['unknown'] = {'dataset': source('NoSuchDataset', root, 'Nowhere')}
    add('config', root / 'Nowhere')
    wrong = source('SuperviselyDataset', root, 'SuperviselyPersonDataset')
    wrong['pipeline'] = {'blur': {'type': 'NoSuchTransform'}}
    config['test_dataloader'].append({'dataset': wrong})
    found.append(('config', Path('test_dataloader.1')))
    return found


def _damage_masks(content: dict) -> None:
    (person,) = {one['id'] for one in content['categories'] if one['name'] == 'person'}
    people = [one for one in content['annotations'] if one['category_id'] == person]
    first = next(one for one in people if one['video_id'] == content['videos'][0]['id'])
    mask = next(mask for mask in first['segmentations'] if mask is not None)
    mask['counts'] = [*mask['counts'], 77]
    people[-1]['segmentations'].append(None)
