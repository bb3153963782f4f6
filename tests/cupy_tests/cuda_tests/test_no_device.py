import unittest

from cupy.cuda import no_device, runtime


class TestAdvice(unittest.TestCase):

    def check(self, expected, *args):
        text = no_device.advice(*args)
        self.assertRegex(text, expected)
        self.assertNotIn('\n', text)
        self.assertIn('CUPY_BACKEND=host', text)

    def test_no_driver(self):
        self.check("driver is not installed on this machine: install it, or",
                   35, 0, 13000)

    def test_old_driver(self):
        self.check('up to 12.2, and this CuPy was built with 13.5: update',
                   35, 12020, 13050)

    def test_no_gpu(self):
        self.check('sees no GPU: look at what nvidia-smi lists and at '
                   'CUDA_VISIBLE_DEVICES', 100, 13000, 13000)

    def test_other_errors(self):
        for status in 0, 2, 101, 999:
            self.assertEqual(no_device.advice(status, 0, 13000), '')


class TestErrorWithAdvice(unittest.TestCase):

    def raised(self, status):
        with self.assertRaises(runtime.CUDARuntimeError) as raised:
            runtime.check_status(status, 'cudaMalloc')
        return str(raised.exception)

    def test_it_follows_what_cuda_says(self):
        driver, library = (runtime.driverGetVersion(),
                           runtime.runtimeGetVersion())
        for status in 35, 100:
            self.assertTrue(self.raised(status).endswith(
                f', in cudaMalloc: '
                f'{no_device.advice(status, driver, library)}'))

    def test_not_for_other_errors(self):
        self.assertTrue(self.raised(2).endswith(', in cudaMalloc'))
