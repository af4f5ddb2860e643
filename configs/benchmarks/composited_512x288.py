# Composited while it runs: VideoMatte240K test clips over stills, as tools/make_testset.py would
# write them with the same values.
#
#   python tools/test.py configs/benchmarks/composited_512x288.py CHECKPOINT --data-root data
_base_ = ['../_base_/benchmark.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CompositedClips',
        name='videomatte_static',
        size=(512, 288),
        num_samples=20,
        num_frames=100,
        seed=0,
        foregrounds=dict(
            type='VideoMatteDataset', data_root=data_root, path='VideoMatte240K_JPEG_HD/test'
        ),
        backgrounds=dict(type='StillBackgrounds', data_root=data_root, path='Backgrounds/test'),
    ),
)
test_evaluator = dict(name='composited_512x288')
