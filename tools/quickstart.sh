#!/usr/bin/env bash
# From a fresh checkout to a matted video, in one command (some minutes, mostly installing).
#
#   bash tools/quickstart.sh
#
# Installs into .venv, fetches the published MobileNetV3 weights (GPL-3.0, see NOTICE), mattes a
# real clip of a talking man onto another background, and leaves videos and a contact sheet in
# work_dirs/quickstart/.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/setup_env.sh

OUT=work_dirs/quickstart
WEIGHTS=work_dirs/weights/rvm_mbv3.pth
mkdir -p "$OUT"

[ -f "$WEIGHTS" ] || python tools/download_weights.py mbv3
python tools/make_quickstart_clip.py "$OUT"
python tools/inference.py "$OUT/source.mp4" --weights "$WEIGHTS" \
    --alpha "$OUT/alpha.mp4" --foreground "$OUT/foreground.mp4" \
    --composite "$OUT/composite.mp4" --background "$OUT/background.png"
python - "$OUT" <<'PY'
import sys
from pathlib import Path
from rvm.inference.contact_sheet import save_contact_sheet

out = Path(sys.argv[1])
names = ('source', 'alpha', 'foreground', 'composite')
save_contact_sheet({name: out / f'{name}.mp4' for name in names}, out / 'contact_sheet.png')
PY

echo
echo "Look at $OUT/contact_sheet.png and play $OUT/composite.mp4."
