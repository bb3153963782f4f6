"""Every argument of NVRTC's functions, wrong in every way."""
import os
import sys
import unittest

from cupy.cuda import nvrtc

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bad_arguments import GARBAGE, Argument, Handle, check  # noqa: E402

SOURCE = 'extern "C" __global__ void f(int* x) { x[0] = VALUE; }'


def program(source=SOURCE, options=None):
    """A program, compiled if there are options."""
    def create():
        made = nvrtc.createProgram(source, 'text.cu')
        if options is not None:
            nvrtc.compileProgram(made, options)
        return made

    return Handle(create, nvrtc.destroyProgram, device=False)


class TestBadArguments(unittest.TestCase):

    def check(self, function, *arguments):
        check(self, nvrtc.NVRTCError, function, *arguments)

    def fails(self, words, function, *arguments):
        with self.assertRaisesRegex(nvrtc.NVRTCError, words):
            function(*arguments)

    def test_destroy(self):
        made = nvrtc.createProgram(SOURCE, 'text.cu')
        for bad in (0, GARBAGE, made + 1):
            self.fails('never created', nvrtc.destroyProgram, bad)
        nvrtc.destroyProgram(made)
        self.fails('destroyed', nvrtc.destroyProgram, made)

    def test_compile(self):
        # Options that are none, and one without which it does not compile.
        self.check(nvrtc.compileProgram, program(), Argument(
            ('-DVALUE=1',), ('-DVALUE=1', '--none'), ('VALUE=1',), ('-D',),
            ()))

    def test_results(self):
        for function in (nvrtc.getCUBIN, nvrtc.getPTX, nvrtc.getProgramLog):
            with self.subTest(function.__name__):
                self.check(function, program(options=('-DVALUE=1',)))

    def test_results_that_are_not_there(self):
        made = nvrtc.createProgram(SOURCE, 'text.cu')
        self.addCleanup(nvrtc.destroyProgram, made)

        def check_none():
            for function in (nvrtc.getCUBIN, nvrtc.getPTX):
                self.fails('not compiled', function, made)

        check_none()
        # One that was there is gone when the next compilation fails.
        for options in ((), ('--none',)):
            nvrtc.compileProgram(made, ('-DVALUE=1',))
            self.assertTrue(nvrtc.getCUBIN(made))
            self.fails('nvrtcCompileProgram', nvrtc.compileProgram, made,
                       options)
            check_none()
            self.assertTrue(nvrtc.getProgramLog(made))
