"""Small look-alikes of what the sites hand out, and what a tree of files holds."""

import base64
import io
import json
import tarfile
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from rvm.datasets.prepare.inputs import is_hidden
from tests.test_datasets.footage import make_matte_clips, matte, picture, save

JUNK = ('.DS_Store', 'Thumbs.db', '._0001.jpg')
TRAIN_CLIPS = {'0000': 2, '0001': 3, '0100': 2, '0200': 2, '0300': 2, '0475': 1}


def tree(root: Path) -> dict[str, bytes]:
    """Path below root -> contents, of every file, hidden ones included."""
    files = sorted(path for path in root.rglob('*') if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def names(root: Path) -> list[str]:
    """Paths of the files below root, without hidden ones."""
    return [name for name in tree(root) if not is_hidden(name.rpartition('/')[2])]


def put_junk(*folders: Path) -> None:
    for folder in folders:
        for name in JUNK:
            (folder / name).write_bytes(b'junk')


def pack(folder: Path, archive: Path, below: str = '', reverse: bool = False) -> Path:
    """Pack a folder by the suffix of the archive, `below` a folder in it."""
    files = sorted((path for path in folder.rglob('*') if path.is_file()), reverse=reverse)
    inside = [(path, (Path(below) / path.relative_to(folder)).as_posix()) for path in files]
    if archive.suffix == '.zip':
        with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED) as packed:
            for path, name in inside:
                packed.write(path, name)
    else:
        with tarfile.open(archive, 'w:gz' if archive.suffix == '.gz' else 'w') as packed:
            for path, name in inside:
                packed.add(path, name)
    return archive


def videomatte(root: Path) -> Path:
    for half in (0, 3):  # `footage` has colours for four clips
        make_matte_clips(root / 'train', dict(list(TRAIN_CLIPS.items())[half : half + 3]))
    make_matte_clips(root / 'test', {'0000': 2, '0001': 1})
    put_junk(root, root / 'train' / 'fgr', root / 'train' / 'fgr' / '0001')
    return root


def pairs(root: Path, files: dict[str, str], start: int = 0) -> tuple[Path, Path]:
    """Make root/FG/<name> and root/GT/<alpha> for each name and alpha; return both folders."""
    for number, (name, alpha) in enumerate(files.items()):
        save(root / 'FG' / name, picture((start + 10 * number) % 250))
        save(root / 'GT' / alpha, matte((start + 10 * number) % 250 + 5))
    return root / 'FG', root / 'GT'


def coco(root: Path) -> tuple[Path, Path]:
    """Make train2017.zip, and panoptic_annotations_trainval2017.zip with a zip in it."""
    images, segments = root / 'images', root / 'annotations'
    numbers = [f'{number:012}' for number in (9, 25, 30)]
    for number, name in enumerate(numbers):
        save(images / f'{name}.jpg', picture(20 * number))
        save(segments / 'masks' / f'{name}.png', picture(number + 1))
    content = {
        'images': [{'id': int(name), 'file_name': f'{name}.jpg'} for name in numbers],
        'annotations': [
            {
                'image_id': int(name),
                'file_name': f'{name}.png',
                'segments_info': [{'id': 1, 'category_id': 1, 'iscrowd': 0}],
            }
            for name in numbers
        ],
        'categories': [{'id': 1, 'name': 'person', 'isthing': 1}],
    }
    inner = pack(segments / 'masks', segments / 'panoptic_train2017.zip', 'panoptic_train2017')
    archive = root / 'panoptic_annotations_trainval2017.zip'
    with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED) as packed:
        packed.write(inner, 'annotations/panoptic_train2017.zip')
        packed.writestr('annotations/panoptic_train2017.json', json.dumps(content))
        packed.writestr('annotations/panoptic_val2017.json', '{}')
        packed.writestr('__MACOSX/annotations/._panoptic_train2017.json', 'junk')
    return pack(images, root / 'train2017.zip', 'train2017'), archive


def youtubevis(root: Path, person: int = 26, json_name: str = 'instances.json') -> Path:
    """Make root/train/JPEGImages/<video>/<frame> and the JSON beside it."""
    videos = {'0043f083b5': 3, 'ffd7c15f47': 2, '00f88c4f0a': 1}
    content: dict = {'videos': [], 'annotations': []}
    for number, (video, count) in enumerate(videos.items()):
        files = [f'{video}/{5 * frame:05}.jpg' for frame in range(count)]
        for frame, file in enumerate(files):
            save(root / 'train' / 'JPEGImages' / file, picture(10 * frame + number))
        content['videos'].append({'id': number + 1, 'file_names': files})
        content['annotations'].append({'video_id': number + 1, 'category_id': person + number})
    content['categories'] = [{'id': id, 'name': f'kind {id}'} for id in range(1, 41)]
    content['categories'][person - 1]['name'] = 'person'
    (root / 'train' / json_name).write_text(json.dumps(content))
    return root


def bitmap(mask: np.ndarray, left: int, top: int) -> dict:
    """Return an object as Supervisely stores bitmaps: the alpha of a PNG is the mask."""
    rgba = np.zeros((*mask.shape, 4), np.uint8)
    rgba[mask] = 255
    data = zlib.compress(cv2.imencode('.png', rgba)[1].tobytes())
    points = {'exterior': [], 'interior': []}
    text = base64.b64encode(data).decode()
    return {
        'classTitle': 'person_bmp',
        'points': points,
        'bitmap': {'data': text, 'origin': [left, top]},
    }


def polygon(exterior: list, interior: list = (), title: str = 'person_poly') -> dict:
    points = {'exterior': exterior, 'interior': list(interior)}
    return {'classTitle': title, 'points': points, 'bitmap': None}


def annotation(height: int, width: int, *objects: dict) -> bytes:
    size = {'height': height, 'width': width}
    content = {'description': '', 'tags': [], 'size': size, 'objects': objects}
    return json.dumps(content).encode()


def annotated(folder: Path, name: str, image: bytes, *objects: dict, size=(24, 32)) -> None:
    for part, file, data in (
        ('img', name, image),
        ('ann', f'{name}.json', annotation(*size, *objects)),
    ):
        (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / part / file).write_bytes(data)


def jpeg(image: np.ndarray, orientation: int | None = None) -> bytes:
    """Return a JPEG file, with an EXIF orientation if one is given."""
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(image).save(file, 'JPEG', quality=95, exif=exif.tobytes())
    return file.getvalue()


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, 'PNG')
    return file.getvalue()


def supervisely(root: Path) -> Path:
    square = polygon([[4, 4], [20, 4], [20, 16], [4, 16]])
    annotated(root / 'ds1', 'a.jpg', jpeg(picture(50)), square)
    annotated(
        root / 'ds1',
        'b.png',
        png(picture(90)),
        square,
        polygon([[0, 0], [9, 0], [9, 9]], (), 'neutral'),
    )
    annotated(root / 'ds2', 'a.jpg', jpeg(picture(70)), bitmap(np.ones((5, 6), bool), 3, 2))
    annotated(root / 'ds2', 'nobody.jpg', jpeg(picture(80)))
    put_junk(root, root / 'ds1' / 'img', root / 'ds1' / 'ann')
    (root / 'meta.json').write_text('{}')
    return root
