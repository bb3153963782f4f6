import os
import subprocess
import sys
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      'gpu_loops.py')


class TestGpuLoops(unittest.TestCase):

    def run_in_blocks(self, case):
        environ = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path),
                       CUPY_HOST_BLOCKS='1')
        done = subprocess.run(
            [sys.executable, SCRIPT, case], env=environ, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r'Ran \d+ tests? in')

    def test_places(self):
        self.run_in_blocks('TestPlaces')

    def test_elementwise(self):
        self.run_in_blocks('TestElementwise')

    def test_reductions(self):
        self.run_in_blocks('TestReductions')

    def test_reduction_kernels(self):
        self.run_in_blocks('TestReductionKernels')
