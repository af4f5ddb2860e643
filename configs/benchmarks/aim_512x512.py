# Adobe Image Matting at 512x512, no refiner.
#
#   python tools/test.py configs/benchmarks/aim_512x512.py CHECKPOINT \
#       --cfg-options test_dataloader.dataset.data_root=FOLDER_OF_THE_SET
_base_ = ['low_res.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

test_dataloader = dict(dataset=dict(data_root=data_root + '/aim_512x512'))
test_evaluator = dict(
    name='aim_512x512',
    published={
        'RVM MobileNetV3 (paper)': dict(
            pha_mad=14.84, pha_mse=8.93, pha_grad=4.35, pha_conn=3.83, pha_dtssd=1.01, fgr_mse=5.01
        ),
    },
)
