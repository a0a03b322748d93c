#!/usr/bin/env bash
# Pins every dependency with its hashes. Kept pins stay; pass --upgrade to move them.
#   requirements-build.lock   what installs and builds
#   requirements-all.lock     run-time, training and development
#   requirements.lock         run-time only, at the same versions
#   requirements-docs.lock    what builds the site, beside run-time, at the same versions
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
common=(--universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet)

"$uv" pip compile requirements-build.in "${common[@]}" "$@" --output-file requirements-build.lock
"$uv" pip compile pyproject.toml "${common[@]}" "$@" --extra train --extra yolo --extra baselines --extra study --extra dev \
    --constraints requirements-build.lock --output-file requirements-all.lock
"$uv" pip compile pyproject.toml "${common[@]}" "$@" \
    --constraints requirements-all.lock --output-file requirements.lock
"$uv" pip compile pyproject.toml "${common[@]}" "$@" --extra docs \
    --constraints requirements-all.lock --output-file requirements-docs.lock
