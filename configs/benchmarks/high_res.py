# Any test set from HD on, in the usual layout; ratio 0.25 with the refiner.
#
#   python tools/test.py configs/benchmarks/high_res.py CHECKPOINT --data-root FOLDER_OF_THE_SET
_base_ = ['../_base_/benchmark.py']

data_root = ''  # --data-root names the folder of the set

model = dict(downsample_ratio=0.25)
test_dataloader = dict(prefetch_factor=1, sampler=dict(chunk=2), dataset=dict(data_root=data_root))
test_evaluator = dict(protocol='high')
