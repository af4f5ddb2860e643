# VideoMatte240K test clips at 512x288, no refiner.
#
#   python tools/test.py configs/benchmarks/videomatte_512x288.py CHECKPOINT \
#       --cfg-options test_dataloader.dataset.data_root=FOLDER_OF_THE_SET
_base_ = ['low_res.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

test_dataloader = dict(dataset=dict(data_root=data_root + '/videomatte_512x288'))
test_evaluator = dict(
    name='videomatte_512x288',
    published={
        'RVM MobileNetV3 (paper)': dict(
            pha_mad=6.08, pha_mse=1.47, pha_grad=0.88, pha_conn=0.41, pha_dtssd=1.36
        ),
        'RVM ResNet50 (paper)': dict(
            pha_mad=5.32, pha_mse=0.62, pha_grad=0.59, pha_conn=0.3, pha_dtssd=1.24
        ),
    },
)
