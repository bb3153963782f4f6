import threading
import unittest

from cupy import cuda, testing
from cupy.cuda import cublas, handles


class TestHandles(unittest.TestCase):

    def test_works(self):
        self.assertGreater(cublas.getVersion(cuda.get_cublas_handle()), 0)

    def test_is_kept(self):
        self.assertEqual(handles.get_cublas_handle(),
                         handles.get_cublas_handle())
        self.assertEqual(cuda.Device().cublas_handle,
                         handles.get_cublas_handle())

    def test_one_for_each_thread(self):
        found = [handles.get_cublas_handle()]
        both = threading.Barrier(2)

        def look():
            found.append(handles.get_cublas_handle())
            both.wait()

        threads = [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(found)), 3)

    def test_destroyed_with_its_thread(self):
        found = []
        thread = threading.Thread(
            target=lambda: found.append(handles.get_cublas_handle()))
        thread.start()
        thread.join()
        with self.assertRaises(cublas.CUBLASError):
            cublas.getVersion(found[0])

    @testing.multi_gpu(2)
    def test_one_for_each_device(self):
        first = handles.get_cublas_handle()
        with cuda.Device(1):
            self.assertNotEqual(handles.get_cublas_handle(), first)
