# Distinctions-646 at 512x512, no refiner.
#
#   python tools/test.py configs/benchmarks/d646_512x512.py CHECKPOINT \
#       --cfg-options test_dataloader.dataset.data_root=FOLDER_OF_THE_SET
_base_ = ['low_res.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

test_dataloader = dict(dataset=dict(data_root=data_root + '/d646_512x512'))
test_evaluator = dict(
    name='d646_512x512',
    published={
        'RVM MobileNetV3 (paper)': dict(
            pha_mad=7.28, pha_mse=3.01, pha_grad=2.81, pha_conn=1.83, pha_dtssd=1.01, fgr_mse=2.93
        ),
    },
)
