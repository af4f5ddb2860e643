from pathlib import Path

from rvm.evaluation.folders.image_stream import ImageStream
from rvm.evaluation.folders.paired_clip import PairedClip


def test_a_part_holds_its_own_names_alone():
    streams = {
        'true_pha': ImageStream(Path('t'), ('0.png', '1.png', '2.png')),
        'pred_pha': ImageStream(Path('p'), ('0.jpg', '1.jpg', '2.jpg')),
    }
    part = PairedClip('a/b', ('0', '1', '2'), streams).part(1, 3)
    assert part == PairedClip(
        'a/b',
        ('1', '2'),
        {
            'true_pha': ImageStream(Path('t'), ('1.png', '2.png')),
            'pred_pha': ImageStream(Path('p'), ('1.jpg', '2.jpg')),
        },
    )
