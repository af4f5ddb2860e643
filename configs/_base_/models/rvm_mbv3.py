# The published MobileNetV3 network: 3.749 M parameters. For another backbone change `model_name`.
model = dict(
    type='MattingModel',
    data_preprocessor=dict(type='MattingDataPreprocessor'),
    network=dict(
        type='MattingNetwork',
        backbone=dict(type='TimmBackbone', model_name='mobilenetv3_large_100', pretrained=False),
        aspp=dict(type='LRASPP', out_channels=128),
        decoder=dict(type='RecurrentDecoder', channels=(80, 40, 32, 16)),
        refiner=dict(type='DeepGuidedFilterRefiner'),
    ),
)
