# What every run shares: where names are looked up, and what is logged.
default_scope = 'rvm'
default_hooks = dict(logger=dict(type='LoggerHook', interval=10))
env_cfg = dict(mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
log_level = 'INFO'
visualizer = dict(
    _scope_='mmengine', type='Visualizer', vis_backends=[dict(type='LocalVisBackend')]
)
