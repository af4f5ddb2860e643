# The published ResNet50 network: 26.89 M parameters.
model = dict(
    type='MattingModel',
    data_preprocessor=dict(type='MattingDataPreprocessor'),
    network=dict(
        type='MattingNetwork',
        backbone=dict(type='TimmBackbone', model_name='resnet50', pretrained=False),
        aspp=dict(type='LRASPP', out_channels=256),
        decoder=dict(type='RecurrentDecoder', channels=(128, 64, 32, 16)),
        refiner=dict(type='DeepGuidedFilterRefiner'),
    ),
)
