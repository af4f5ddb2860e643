# Adobe Image Matting at 2048x2048, ratio 0.25 with the refiner.
#
#   python tools/test.py configs/benchmarks/aim_2048x2048.py CHECKPOINT \
#       --cfg-options test_dataloader.dataset.data_root=FOLDER_OF_THE_SET
_base_ = ['high_res.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

test_dataloader = dict(dataset=dict(data_root=data_root + '/aim_2048x2048'))
test_evaluator = dict(
    name='aim_2048x2048',
    published={
        'RVM MobileNetV3 (paper)': dict(
            pha_mad=14.89, pha_mse=9.01, pha_grad=34.97, pha_dtssd=1.71
        ),
    },
)
