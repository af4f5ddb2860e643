# The segmentation passes of all stages: YouTubeVIS clips, and COCO and Supervisely stills.
# A source that is not at hand is left out by None: sources=dict(supervisely=None).
data_root = '{{$RVM_DATA_ROOT:data/}}'

train_dataloader = dict(
    seg_video=dict(
        batch_size=1,
        num_workers=4,
        persistent_workers=True,
        sampler=dict(type='EpochSampler', name='seg_video'),
        batch_sampler=dict(type='StepBatchSampler', crop_size=512),
        collate_fn=dict(type='rvm.clip_collate'),
        dataset=dict(
            type='YouTubeVISDataset',
            data_root=data_root,
            path='YouTubeVIS/train',
            num_frames=15,
            pipeline=dict(
                frames=dict(type='SampleFrames', shift=True, reverse=0.5),
                fit=dict(type='FitShortSide', size=512),
                crop=dict(type='CropResize', size=512, ratio=(0.9, 1.1), area=(0.8, 1)),
                flip=dict(type='Flip', prob=0.5),
                color=dict(
                    type='ColorJitter', brightness=0.3, contrast=0.3, saturation=0.3, hue=0.15
                ),
                greyscale=dict(type='Greyscale', prob=0.05),
                pack=dict(type='PackSegmentation', effects='device', crop='device'),
            ),
        ),
    ),
    seg_image=dict(
        batch_size=15,
        num_workers=4,
        persistent_workers=True,
        sampler=dict(type='EpochSampler', name='seg_image'),
        batch_sampler=dict(type='StepBatchSampler', crop_size=512),
        collate_fn=dict(type='rvm.clip_collate'),
        dataset=dict(
            type='MixedDataset',
            sources=dict(
                coco=dict(
                    type='CocoPanopticDataset',
                    data_root=data_root,
                    path='coco',
                    pipeline=dict(
                        pose=dict(type='StaticAffine', rotation=20, shift=0.1, shear=10),
                        crop=dict(type='CropResize', size=512, ratio=(0.7, 1.3), area=(0.5, 1)),
                        flip=dict(type='Flip', prob=0.5),
                        color=dict(
                            type='ColorJitter',
                            brightness=0.1,
                            contrast=0.1,
                            saturation=0.1,
                            hue=0.1,
                        ),
                        pack=dict(type='PackSegmentation', effects='device', crop='device'),
                    ),
                ),
                supervisely=dict(
                    type='SuperviselyDataset',
                    data_root=data_root,
                    path='SuperviselyPersonDataset',
                    pipeline=dict(
                        pose=dict(type='StaticAffine', rotation=20, shift=0.1, shear=10),
                        crop=dict(type='CropResize', size=512, ratio=(0.7, 1.3), area=(0.5, 1)),
                        flip=dict(type='Flip', prob=0.5),
                        color=dict(
                            type='ColorJitter',
                            brightness=0.1,
                            contrast=0.1,
                            saturation=0.1,
                            hue=0.1,
                        ),
                        pack=dict(type='PackSegmentation', effects='device', crop='device'),
                    ),
                ),
            ),
        ),
    ),
)
