# Stage 4: Distinctions-646 and Adobe images set in motion, in both passes; the rest as in stage 3.
_base_ = ['videomatte_hd.py']

train_dataloader = dict(
    mat_low=dict(
        dataset=dict(
            type='ImageMatteDataset',
            path='ImageMatte/train',
            pipeline=dict(
                motion=dict(fgr=0.95),
                grain=dict(prob=0.05),
                greyscale=dict(prob=0.03),
                sharpness=dict(prob=0.05),
            ),
        ),
    ),
    mat_high=dict(
        dataset=dict(
            type='ImageMatteDataset',
            path='ImageMatte/train',
            min_size=None,
            pipeline=dict(
                motion=dict(fgr=0.95),
                grain=dict(prob=0.05),
                greyscale=dict(prob=0.03),
                sharpness=dict(prob=0.05),
            ),
        ),
    ),
)

val_dataloader = dict(dataset=dict(type='ImageMatteDataset', path='ImageMatte/valid'))
