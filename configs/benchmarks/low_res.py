# Any test set of some 512 pixels, in the usual layout; no refiner.
#
#   python tools/test.py configs/benchmarks/low_res.py CHECKPOINT \
#       --cfg-options test_dataloader.dataset.data_root=FOLDER_OF_THE_SET
_base_ = ['../_base_/benchmark.py']
