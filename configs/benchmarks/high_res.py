# Any test set from HD on, in the usual layout; ratio 0.25 with the refiner.
#
#   python tools/test.py configs/benchmarks/high_res.py CHECKPOINT \
#       --cfg-options test_dataloader.dataset.data_root=FOLDER_OF_THE_SET
_base_ = ['../_base_/benchmark.py']

model = dict(downsample_ratio=0.25)
test_evaluator = dict(protocol='high')
