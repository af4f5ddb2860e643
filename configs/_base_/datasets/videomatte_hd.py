# Stage 3: VideoMatte240K HD, in both matting passes; backgrounds and segmentation as in stage 1.
_base_ = ['videomatte_sd.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

train_dataloader = dict(
    mat_low=dict(dataset=dict(path='VideoMatte240K_JPEG_HD/train', num_frames=40)),
    mat_high=dict(
        batch_size=1,
        num_workers=8,
        prefetch_factor=1,  # a sample has 60 to 170 MB
        persistent_workers=True,
        sampler=dict(type='EpochSampler', name='mat_high'),
        batch_sampler=dict(type='StepBatchSampler', crop_size=2048),
        collate_fn=dict(type='rvm.clip_collate'),
        dataset=dict(
            type='VideoMatteDataset',
            data_root=data_root,
            path='VideoMatte240K_JPEG_HD/train',
            num_frames=6,
            min_size=1080,  # SD footage would be enlarged fourfold
            backgrounds=dict(
                type='Backgrounds',
                stills=dict(type='StillBackgrounds', data_root=data_root, path='Backgrounds/train'),
                videos=dict(
                    type='VideoBackgrounds', data_root=data_root, path='BackgroundVideos/train'
                ),
            ),
            pipeline=dict(
                frames=dict(
                    type='SampleFrames', speeds=(0.5, 1, 2, 3, 4, 5), shift=True, reverse=0.5
                ),
                fit=dict(type='FitShortSide', size=2048),
                motion=dict(type='MotionAffine', fgr=0.3, bgr=0.15, both=0.15),
                pose=dict(type='StaticAffine', scale=dict(fgr=(0.5, 1), bgr=(1, 1.5))),
                crop=dict(type='CropResize', size=2048, ratio=(0.9, 1.1)),
                flip=dict(type='Flip', prob=0.5),
                grain=dict(type='AddGrain', prob=0.1),
                color=dict(type='ColorDrift', prob=0.3),
                greyscale=dict(type='Greyscale', prob=0.02),
                sharpness=dict(type='Sharpen', prob=0.1),
                blur=dict(type='BlurDrift', fgr=0.0067, bgr=0.0067, both=0.0067),
                pause=dict(type='Pause', prob=0.03),
                pack=dict(type='PackMatting', effects='device', crop='device'),
            ),
        ),
    ),
)

val_dataloader = dict(
    dataset=dict(
        path='VideoMatte240K_JPEG_HD/valid',
        num_frames=6,
        pipeline=dict(fit=dict(size=2048), crop=dict(size=2048)),
    ),
)
