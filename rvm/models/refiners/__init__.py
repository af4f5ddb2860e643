from rvm.models.refiners.deep_guided_filter import DeepGuidedFilterRefiner
from rvm.models.refiners.fast_guided_filter import FastGuidedFilterRefiner

__all__ = ['DeepGuidedFilterRefiner', 'FastGuidedFilterRefiner']
