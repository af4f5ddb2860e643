# The test set of the demo data (tools/make_demo_data.py): generated people at 256x144.
#
#   python tools/test.py configs/benchmarks/videomatte_demo.py CHECKPOINT \
#       --data-root work_dirs/demo_data
_base_ = ['low_res.py']

data_root = '{{$RVM_DATA_ROOT:data/}}'

test_dataloader = dict(dataset=dict(data_root=data_root + '/videomatte_demo'))
test_evaluator = dict(name='videomatte_demo')
