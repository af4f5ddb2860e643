"""From what the sites hand out to the layout that the data sets read; see `tools/prepare_data.py`.

A source plans (`plan_*`: what would be made, and what is wrong), and `execute` carries it out.
"""

from rvm.datasets.prepare.background_videos import plan_background_videos
from rvm.datasets.prepare.backgrounds import plan_backgrounds
from rvm.datasets.prepare.beside import check_splits, strangers
from rvm.datasets.prepare.coco import plan_coco
from rvm.datasets.prepare.execute import Outcome, execute
from rvm.datasets.prepare.imagematte import plan_imagematte
from rvm.datasets.prepare.names import read_list
from rvm.datasets.prepare.pictures import Encoding
from rvm.datasets.prepare.plan import Plan
from rvm.datasets.prepare.record import check_record, write_record
from rvm.datasets.prepare.supervisely import plan_supervisely
from rvm.datasets.prepare.videomatte import plan_videomatte
from rvm.datasets.prepare.youtubevis import plan_youtubevis

__all__ = [
    'Encoding',
    'Outcome',
    'Plan',
    'check_record',
    'check_splits',
    'execute',
    'plan_background_videos',
    'plan_backgrounds',
    'plan_coco',
    'plan_imagematte',
    'plan_supervisely',
    'plan_videomatte',
    'plan_youtubevis',
    'read_list',
    'strangers',
    'write_record',
]
