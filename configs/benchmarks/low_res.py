# Any test set of some 512 pixels, in the usual layout; no refiner.
#
#   python tools/test.py configs/benchmarks/low_res.py CHECKPOINT --data-root FOLDER_OF_THE_SET
_base_ = ['../_base_/benchmark.py']

data_root = ''  # --data-root names the folder of the set

test_dataloader = dict(dataset=dict(data_root=data_root))
