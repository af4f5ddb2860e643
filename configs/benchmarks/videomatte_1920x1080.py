# VideoMatte240K test clips at 1920x1080, ratio 0.25 with the refiner.
#
#   python tools/test.py configs/benchmarks/videomatte_1920x1080.py CHECKPOINT \
#       --cfg-options test_dataloader.dataset.data_root=FOLDER_OF_THE_SET
_base_ = ['high_res.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

test_dataloader = dict(dataset=dict(data_root=data_root + '/videomatte_1920x1080'))
test_evaluator = dict(
    name='videomatte_1920x1080',
    published={
        'RVM MobileNetV3 (paper)': dict(pha_mad=6.57, pha_mse=1.93, pha_grad=10.55, pha_dtssd=1.9),
        'RVM ResNet50 (paper)': dict(pha_mad=5.81, pha_mse=0.97, pha_grad=9.65, pha_dtssd=1.78),
    },
)
