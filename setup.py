"""Packaging; exact tested versions are in constraints.txt."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
VERSION = {}
exec((ROOT / 'rvm' / '__init__.py').read_text(encoding='utf-8'), VERSION)

EXPORT = ['onnx>=1.16', 'onnxscript>=0.2', 'onnxruntime>=1.18']
DEV = [
    *EXPORT,
    'hypothesis>=6.100',
    'matplotlib>=3.8',
    'pre-commit>=3.7',
    'psutil>=5.9',
    'pytest>=8',
    'pytest-xdist>=3.6',
    'ruff>=0.9',
]

setup(
    name='rvm',
    version=VERSION['__version__'],
    description='Robust video matting: a modular library on PyTorch and mmengine',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    license_files=['LICENSE', 'NOTICE'],
    python_requires='>=3.11',
    # The model configs travel inside the package: weights find their network when installed.
    packages=[*find_packages(include=['rvm', 'rvm.*']), 'rvm.configs'],
    package_dir={'rvm': 'rvm', 'rvm.configs': 'configs'},
    package_data={
        'rvm.configs': ['*.py', '**/*.py'],
        'rvm.evaluation.report': ['templates/*'],
    },
    install_requires=[
        'albumentations>=2.0.8,<2.1',
        'av>=18',
        'decord>=0.6; platform_machine == "x86_64"',
        'jinja2>=3.1',
        'mmengine>=0.10.7',
        'numpy>=1.26',
        'opencv-python-headless>=4.9',
        'openpyxl>=3.1',
        'pillow>=10.1',
        'scikit-image>=0.22',
        'scipy>=1.11',
        'simplejpeg>=1.7',
        'timm>=1.0.9',
        'torch>=2.6',
        'torchvision>=0.21',
        'tqdm>=4.66',
    ],
    extras_require={'export': EXPORT, 'dev': DEV},
)
