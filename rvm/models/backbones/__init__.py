from rvm.models.backbones.timm_backbone import TimmBackbone

__all__ = ['TimmBackbone']
