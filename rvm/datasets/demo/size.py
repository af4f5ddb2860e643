"""How much demo data to make."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoSize:
    """Sizes (height, width) in pixels, and counts.

    Attributes:
        sd: Frames of VideoMatte240K_JPEG_SD, of the background videos and of the evaluation set.
        hd: Frames of VideoMatte240K_JPEG_HD, a multiple of `sd`.
        still: About the shorter side of single pictures.
        frames: Of a VideoMatte clip; every second clip has a few more.
        clips: VideoMatte clips in train, valid and test.
        mattes: Pictures of ImageMatte in train and valid.
        backgrounds: Still backgrounds in train and valid.
        background_videos: Background clips in train and valid.
        coco: Pictures of COCO.
        vis_videos: Videos of YouTubeVIS.
        vis_frames: Frames of each.
        supervisely: Pictures of the Supervisely set.
        evaluation_frames: Frames of an evaluation clip; two clips for each person of test.
    """

    sd: tuple[int, int] = (144, 256)
    hd: tuple[int, int] = (288, 512)
    still: int = 288
    frames: int = 20
    clips: tuple[int, int, int] = (18, 4, 3)
    mattes: tuple[int, int] = (24, 6)
    backgrounds: tuple[int, int] = (48, 10)
    background_videos: tuple[int, int] = (10, 3)
    coco: int = 40
    vis_videos: int = 10
    vis_frames: int = 12
    supervisely: int = 24
    evaluation_frames: int = 10


DEFAULT = DemoSize()
"""Under a minute on two cores, under 50 MB."""

TINY = DemoSize(
    sd=(48, 80),
    hd=(96, 160),
    still=64,
    frames=4,
    clips=(3, 2, 2),
    mattes=(3, 2),
    backgrounds=(3, 2),
    background_videos=(2, 2),
    coco=8,
    vis_videos=4,
    vis_frames=5,
    supervisely=3,
    evaluation_frames=3,
)
"""For tests: every source, some seconds."""
