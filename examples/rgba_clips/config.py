# Stage 1's data from own clips with transparency, below RVM_DATA_ROOT:
#   RGBAClips/{train,valid}/<clip>.mov, .webm or <clip>/<frame>.png
# Python must find rgba_clips.py: PYTHONPATH=examples/rgba_clips
_base_ = ['../../configs/_base_/datasets/videomatte_sd.py']

custom_imports = dict(imports=['rgba_clips'])

train_dataloader = dict(
    mat_low=dict(
        dataset=dict(type='RGBAClips', path='RGBAClips/train', premultiplied=True, min_size=512),
    ),
)
val_dataloader = dict(
    dataset=dict(type='RGBAClips', path='RGBAClips/valid', premultiplied=True),
)
