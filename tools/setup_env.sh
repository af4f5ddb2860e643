# Sourced by quickstart.sh and run_tests.sh: makes .venv where it is missing or stale, activates it.
# PYTHON names another interpreter (3.11 or later). Run from the root of the repository.

RVM_PYTHON="${PYTHON:-python3.11}"
if ! command -v "$RVM_PYTHON" >/dev/null; then
    RVM_PYTHON=python3
fi
"$RVM_PYTHON" - <<'PY' || exit 2
import sys
if sys.version_info < (3, 11):
    sys.exit(f'Python 3.11 or later is needed, {sys.executable} is {sys.version.split()[0]}; '
             'set PYTHON=/path/to/python3.11')
PY

rvm_stamp=".venv/.installed-$(cat setup.py constraints.txt rvm/__init__.py | sha256sum | cut -c1-16)"
if [ ! -f "$rvm_stamp" ]; then
    echo "Installing into .venv (a few minutes; some gigabytes with PyTorch's CUDA libraries) ..."
    if [ ! -x .venv/bin/python ]; then
        "$RVM_PYTHON" -m venv .venv || {
            echo "error: cannot make a virtual environment; on Debian: apt-get install python3.11-venv" >&2
            exit 2
        }
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        -c constraints.txt -e '.[dev]' || exit 2
    rm -f .venv/.installed-*
    touch "$rvm_stamp"
fi
. .venv/bin/activate
python -c 'import cv2' || {
    echo "error: OpenCV lacks a system library; on Debian: apt-get install libgl1 libglib2.0-0" >&2
    exit 2
}
