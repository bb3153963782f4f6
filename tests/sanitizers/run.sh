#!/bin/bash
# Runs tests of CuPy's C++ with GCC's sanitizers:
#
#   tests/sanitizers/run.sh address [arguments of pytest]
#   tests/sanitizers/run.sh thread
#
# address: everything that is compiled (the host device, the Cython modules
#   and the kernels) is built with AddressSanitizer, and all but the kernels
#   with UndefinedBehaviorSanitizer; then tests of tests/cupy_tests run.
# thread: the host device is built with ThreadSanitizer, and threads.cpp calls
#   it from eight threads.
#
# It works in a copy, build/sanitizers, which it keeps: later runs compile
# only what has changed. What is found is in build/sanitizers/*/report*, is
# printed, and makes the exit status 1. PYTHON names the Python to use.
set -euo pipefail

kind=${1:?address or thread}
shift
cd "$(dirname "$0")/../.."
python=${PYTHON:-python}
copy=$PWD/build/sanitizers/$kind
mkdir -p "$copy"
find "$copy" -mindepth 1 -maxdepth 1 ! -name build ! -name cache \
    -exec rm -rf {} +
git ls-files -z --cached --others --exclude-standard |
    tar --null --files-from - --ignore-failed-read -c |
    tar -x -C "$copy"
cd "$copy"

build() {
  CXX=g++ CXXFLAGS="$1 -fno-omit-frame-pointer -g -O1" \
      "$python" setup.py build_ext --inplace
}

library() {
  g++ "-print-file-name=$1"
}

finish() {
  # Of fibers, it also warns that their stacks are strange to it.
  if grep -lsE 'ERROR: |WARNING: ThreadS|runtime error: ' "$copy"/report*; then
    head -n 100 "$copy"/report*
    echo 'The sanitizers found something.'
    exit 1
  fi
  echo 'The sanitizers found nothing.'
}

address() {
  build -fsanitize=address,undefined
  # The compiler itself has no need of the sanitizer, but what it makes has.
  mkdir -p bin
  cat > bin/gcc <<END
#!/bin/sh
unset LD_PRELOAD
exec $(command -v gcc) "\$@" -fsanitize=address -fno-omit-frame-pointer -Wl,-z,undefs
END
  chmod +x bin/gcc
  export PATH=$copy/bin:$PATH
  # Exceptions are thrown before Python has loaded libstdc++.
  export LD_PRELOAD="$(library libasan.so) $(library libstdc++.so)"
  # Python keeps what it has allocated; that is no leak of ours.
  export ASAN_OPTIONS="detect_leaks=0:log_path=$copy/report"
  export UBSAN_OPTIONS="print_stacktrace=1:log_path=$copy/report"
  export PYTHONMALLOC=malloc CUPY_HOST_THREADS=2 OMP_NUM_THREADS=2
  export CUPY_CACHE_DIR=$copy/cache
  local tests=(tests/cupy_tests/{core,cuda,linalg}_tests
               tests/cupy_tests/test_{threads,fork,processes}.py)
  local fibers=tests/cupy_tests/cuda_tests/test_fibers.py
  local nvrtc=tests/cupy_tests/cuda_tests/test_nvrtc.py
  local status=0
  # One of these overflows its stack; the other one wants the linker to find
  # fault with a function that is missing, as the sanitizer's are.
  "$python" -m pytest -q -p no:cacheprovider \
      --deselect $fibers::BlockTest::test_stack_overflow_ends_the_process \
      --deselect $nvrtc::NvrtcTest::test_function_that_is_declared_only \
      "${@:-${tests[@]}}" || status=$?
  unset LD_PRELOAD
  finish
  exit $status
}

thread() {
  # The program lies where the host device's library does: from there it
  # finds the headers of kernels.
  local program=cupy/cuda/threads
  read -r include dnnl < <("$python" -c '
from install import onednn
found = onednn.find()
print(found.include, found.library)')
  local flags=(-std=c++17 -g -O1 -fopenmp -fno-math-errno -Icupy/cuda/host
               -Icupy/cuda/host/include "-I$include")
  # The sanitizer counts calls and returns, by which fibers do not go.
  local file sources=()
  for file in cupy/cuda/host/{,dnn/}*.cpp; do
    case $file in
      */fiber*)
        g++ "${flags[@]}" -c "$file" -o "${file%.cpp}.o"
        sources+=("${file%.cpp}.o") ;;
      *) sources+=("$file") ;;
    esac
  done
  g++ "${flags[@]}" -fsanitize=thread tests/sanitizers/threads.cpp \
      "${sources[@]}" "$dnnl" "-Wl,-rpath,$(dirname "$dnnl")" -ldl -o $program
  local status=0
  CUPY_HOST_DEVICES=4 CUPY_HOST_THREADS=3 OMP_NUM_THREADS=1 \
      TSAN_OPTIONS="log_path=$copy/report" \
      timeout 300 $program || status=$?
  finish
  exit $status
}

case $kind in
  address) address "$@" ;;
  thread) thread ;;
esac
