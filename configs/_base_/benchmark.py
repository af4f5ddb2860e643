# A benchmark: the network of the checkpoint over a test set in the usual layout.
_base_ = ['default_runtime.py']

model = dict(
    type='MattingModel',
    data_preprocessor=dict(type='MattingDataPreprocessor'),
    network=None,  # that of the checkpoint
    downsample_ratio=1,
)
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    sampler=dict(type='ChunkSampler', chunk=8),
    collate_fn=dict(type='rvm.clip_collate'),
    dataset=dict(type='EvaluationClips'),
)
test_cfg = dict(type='ClipTestLoop')
test_evaluator = dict(type='MattingMetric', protocol='low', workers=2, strips=3)
