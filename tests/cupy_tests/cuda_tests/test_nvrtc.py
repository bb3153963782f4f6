import copy
import os
import pickle
import subprocess
import sys
import tempfile
import unittest

from cupy.cuda import nvrtc, runtime

GOOD = 'extern "C" __global__ void f(int* x) { x[0] = 1; }'


def compile_(source, *options, **keywords):
    """Compiles a text; returns the program's result and log."""
    program = nvrtc.createProgram(source, keywords.pop('name', 'text.cu'))
    try:
        nvrtc.compileProgram(program, options)
        return nvrtc.getCUBIN(program), nvrtc.getProgramLog(program)
    except nvrtc.NVRTCError as error:
        return error, nvrtc.getProgramLog(program)
    finally:
        nvrtc.destroyProgram(program)


def run(code, **environ):
    """Runs a script with other environment variables; returns its output."""
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **environ)
    done = subprocess.run([sys.executable, '-c', code], env=environ,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class NvrtcTest(unittest.TestCase):

    def test_version(self):
        major, minor = nvrtc.getVersion()
        self.assertEqual(major * 1000 + minor * 10,
                         runtime.runtimeGetVersion() // 10 * 10)

    def test_architecture_of_the_device_is_supported(self):
        capability = 10 * runtime.deviceGetAttribute(
            runtime.devAttrComputeCapabilityMajor, 0)
        capability += runtime.deviceGetAttribute(
            runtime.devAttrComputeCapabilityMinor, 0)
        self.assertIn(capability, nvrtc.getSupportedArchs())

    def test_result(self):
        image, log = compile_(GOOD)
        self.assertEqual(image[:4], b'\x7fELF')
        self.assertEqual(log, '')

    def test_result_is_the_same_in_both_forms(self):
        program = nvrtc.createProgram(GOOD, 'text.cu')
        self.addCleanup(nvrtc.destroyProgram, program)
        nvrtc.compileProgram(program, ('-arch=compute_75',))
        self.assertEqual(nvrtc.getPTX(program), nvrtc.getCUBIN(program))

    def test_nothing_to_get_before_compilation(self):
        program = nvrtc.createProgram(GOOD, 'text.cu')
        self.addCleanup(nvrtc.destroyProgram, program)
        with self.assertRaisesRegex(
                nvrtc.NVRTCError, r'NVRTC_ERROR_INVALID_PROGRAM \(4\), in '
                'nvrtcGetCUBINSize: the program is not compiled'):
            nvrtc.getCUBIN(program)
        self.assertEqual(nvrtc.getProgramLog(program), '')

    def test_null_program(self):
        for function in (nvrtc.destroyProgram, nvrtc.getCUBIN, nvrtc.getPTX,
                         nvrtc.getProgramLog):
            with self.assertRaisesRegex(nvrtc.NVRTCError, 'PROGRAM'):
                function(0)
        with self.assertRaisesRegex(nvrtc.NVRTCError, 'PROGRAM'):
            nvrtc.compileProgram(0, ())

    def test_null_character_in_a_source(self):
        with self.assertRaisesRegex(ValueError, 'null character'):
            nvrtc.createProgram(GOOD + '\0', 'text.cu')

    def test_messages_name_the_text_and_its_lines(self):
        error, log = compile_('''// a comment
extern "C" __global__ void f(int* x) {
  __shared__ int s[3];
  x[0] = undefined_name;
}''')
        self.assertEqual(error.status, nvrtc.NVRTC_ERROR_COMPILATION)
        self.assertIn('text.cu:4:10: error: ', log)
        self.assertIn('  x[0] = undefined_name;', log)
        self.assertNotIn('/tmp', log)

    def test_name_with_a_folder(self):
        _, log = compile_('int f() { return 1 }', name='/some/folder/a.cu')
        self.assertIn('/some/folder/a.cu:1:19: error', log)

    def test_function_that_is_declared_only(self):
        _, log = compile_('''
__device__ float missing(float x);
extern "C" __global__ void f(float* x) { x[0] = missing(x[0]); }''')
        self.assertIn('undefined reference to `missing(float)', log)

    def test_error_is_an_exception_like_others(self):
        error, _ = compile_('error')
        self.assertIsInstance(error, RuntimeError)
        self.assertIn('NVRTC_ERROR_COMPILATION (6), in nvrtcCompileProgram',
                      str(error))
        for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            self.assertEqual(str(other), str(error))
            self.assertEqual(other.status, 6)
        self.assertIn('(77)', str(nvrtc.NVRTCError(77)))


class OptionsTest(unittest.TestCase):

    def assert_compiles(self, condition, *options):
        result, log = compile_(
            f'#if !({condition})\n#error wrong\n#endif\n', *options)
        self.assertNotIsInstance(result, Exception, log)

    def test_macros(self):
        for option in ('-DN=3', '--define-macro=N=3', '-D=N=3'):
            self.assert_compiles('N == 3', option)
        self.assert_compiles('N == 3', '-D', 'N=3')
        self.assert_compiles('N == 3', '--define-macro', 'N=3')
        self.assert_compiles('!defined N', '-DN', '-UN')

    def test_folders_and_headers(self):
        folder = os.path.dirname(__file__)
        name = os.path.basename(__file__)
        for options in (['-I' + folder], ['--include-path=' + folder],
                        ['-I', folder], ['-include-path=' + folder]):
            result, _ = compile_(
                f'#if !__has_include("{name}")\n#error\n#endif',
                *options)
            self.assertNotIsInstance(result, Exception)

    def test_standard(self):
        for standard, value in [('c++11', 201703), ('c++17', 201703),
                                ('c++20', 202002)]:
            self.assert_compiles(
                f'__cplusplus >= {value}', '-std=' + standard)
            self.assert_compiles(
                f'__cplusplus >= {value}', '--std=' + standard)

    def test_options_of_no_concern(self):
        result, log = compile_(
            GOOD, '-arch=sm_75', '--gpu-architecture', 'compute_50',
            '--maxrregcount=32', '-lineinfo', '--generate-line-info',
            '-rdc=true', '--device-debug', '-G', '-w', '--prec-div=false',
            '--restrict', '-default-device', '--extra-device-vectorization')
        self.assertNotIsInstance(result, Exception, log)

    def test_wrong_options(self):
        for option, message in [
                ('--no-such', 'unrecognized option --no-such found'),
                ('-O3', 'unrecognized option -O3 found'),
                ('text.cu', 'unrecognized option text.cu found'),
                ('-', 'unrecognized option - found'),
                ('-archer=3', 'unrecognized option -archer=3 found'),
                ('--maxrregcount', 'option --maxrregcount needs a value')]:
            error, log = compile_(GOOD, option)
            self.assertEqual(error.status, nvrtc.NVRTC_ERROR_INVALID_OPTION)
            self.assertIn(message, str(error))
            self.assertIn(message, log)


class CompilerTest(unittest.TestCase):

    def test_missing_compiler(self):
        code = '''
from cupy.cuda import nvrtc
program = nvrtc.createProgram('', 'text.cu')
try:
    nvrtc.compileProgram(program, ())
except nvrtc.NVRTCError as error:
    print(error)
'''
        out = run(code, PATH='/no/such/folder')
        self.assertIn('NVRTC_ERROR_BUILTIN_OPERATION_FAILURE (7)', out)
        self.assertIn('apt install g++', out)
        out = run(code, CUPY_HOST_CC='no-such-compiler')
        self.assertIn('CUPY_HOST_CC is no-such-compiler, which is no program',
                      out)

    def test_compiler_that_fails(self):
        code = '''
from cupy.cuda import nvrtc
program = nvrtc.createProgram('', 'text.cu')
try:
    nvrtc.compileProgram(program, ())
except nvrtc.NVRTCError as error:
    print(error.status, nvrtc.getProgramLog(program))
'''
        for program, status in ('/bin/false', 1), ('/bin/true', 0):
            self.assertEqual(
                run(code, CUPY_HOST_CC=program),
                f'6 {program} returned {status} and made nothing')

    def test_temporary_files_are_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            run('''
import os
from cupy.cuda import nvrtc
for source in ('', 'error'):
    program = nvrtc.createProgram(source, 'text.cu')
    try:
        nvrtc.compileProgram(program, ())
    except nvrtc.NVRTCError:
        pass
''', TMPDIR=folder)
            self.assertEqual(os.listdir(folder), [])

    def test_folder_that_is_missing(self):
        out = run('''
from cupy.cuda import nvrtc
program = nvrtc.createProgram('', 'text.cu')
try:
    nvrtc.compileProgram(program, ())
except nvrtc.NVRTCError as error:
    print(error)
''', TMPDIR='/no/such/folder')
        self.assertIn('/no/such/folder', out)

    def test_children_that_nobody_waits_for(self):
        out = run('''
import signal
from cupy.cuda import nvrtc
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
program = nvrtc.createProgram('', 'text.cu')
nvrtc.compileProgram(program, ())
print(len(nvrtc.getCUBIN(program)) > 1000)
''')
        self.assertEqual(out, 'True')

    def test_identity(self):
        identity = nvrtc.compilerIdentity()
        self.assertEqual(identity, nvrtc.compilerIdentity())
        self.assertIn('-march=native', identity)
        code = ('from cupy.cuda import nvrtc; '
                'print(nvrtc.compilerIdentity(), end="")')
        self.assertEqual(run(code), identity.strip())
        for change in ({'CUPY_HOST_CC': '/bin/true'},
                       {'CUPY_HOST_CHECK': '1'}, {'CUPY_HOST_DEBUG': '1'}):
            self.assertNotEqual(run(code, **change), identity.strip())
