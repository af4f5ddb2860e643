#!/usr/bin/env bash
# From a fresh checkout to a matted video and training samples, in one command (some minutes, mostly
# installing).
#
#   bash tools/quickstart.sh
#
# Installs into .venv, fetches the published MobileNetV3 weights (GPL-3.0, see NOTICE), mattes a
# real clip of a talking man onto another background, and leaves videos and a contact sheet in
# work_dirs/quickstart/. Makes a data root with all training sources out of generated people, checks
# it, draws what the network would see in training, and tests the network on generated people.
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

DATA=work_dirs/demo_data
CONFIG=configs/_base_/datasets/videomatte_sd.py
[ -d "$DATA" ] || python tools/make_demo_data.py "$DATA" --workers 2
python tools/check_data.py "$CONFIG" --data-root "$DATA" --workers 2
python tools/browse_data.py "$CONFIG" --data-root "$DATA" --out "$OUT/training_samples"

# The published network on the test set of the demo data: generated people, so no published numbers.
python tools/test.py configs/benchmarks/videomatte_demo.py "$WEIGHTS" --data-root "$DATA" \
    --out "$OUT/test" > "$OUT/test.log" 2>&1 || { tail -n 20 "$OUT/test.log" >&2; exit 1; }
sed -n '/clips, .* frames, protocol/,$p' "$OUT/test.log"

echo
echo "Look at $OUT/contact_sheet.png and play $OUT/composite.mp4;
$OUT/training_samples/ shows what training sees, $OUT/test/report.html how well the network does."
