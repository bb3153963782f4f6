#!/bin/bash
# Writes docs/source/cuda_functions.rst, the table of CUDA's functions:
#
#   tests/cuda_functions/run.sh 'FOLDERS 12' 'FOLDERS 13'
#
# FOLDERS 12 and 13 are the folders with the headers of CUDA 12 and 13, and of
# cuDNN, in one argument each. CuPy is built for the host device in a copy,
# build/functions, with a header that counts calls, and
# tests/cupy_tests/cuda_tests run there. PYTHON names the Python to use.
set -euo pipefail

read -ra cuda12 <<< "${1:?folders with the headers of CUDA 12}"
read -ra cuda13 <<< "${2:?folders with the headers of CUDA 13}"
cd "$(dirname "$0")/../.."
python=${PYTHON:-python}
root=$PWD
copy=$root/build/functions
mkdir -p "$copy"
find "$copy" -mindepth 1 -maxdepth 1 ! -name build ! -name cache \
    -exec rm -rf {} +
git ls-files -z --cached --others --exclude-standard |
    tar --null --files-from - --ignore-failed-read -c |
    tar -x -C "$copy"
cd "$copy"
mkdir counts
"$python" tests/cuda_functions/table.py trace > trace.h
CUPY_BACKEND=host CXXFLAGS="-include $copy/trace.h" \
    "$python" setup.py -q build_ext --inplace
CUPY_CALL_COUNTS=$copy/counts CUPY_CACHE_DIR=$copy/cache PYTHONPATH=$copy \
    "$python" -m pytest -q -p no:cacheprovider tests/cupy_tests/cuda_tests
cd "$root"
"$python" tests/cuda_functions/table.py write --counts "$copy/counts" \
    --cuda12 "${cuda12[@]}" --cuda13 "${cuda13[@]}"
