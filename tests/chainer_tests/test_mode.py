import importlib.util
import threading
import unittest

import chainer
from chainer import mode


class TestDebugMode(unittest.TestCase):

    def setUp(self):
        self.addCleanup(chainer.set_debug, chainer.is_debug())
        chainer.set_debug(False)

    def test_off_by_default(self):
        fresh = importlib.util.module_from_spec(mode.__spec__)
        mode.__spec__.loader.exec_module(fresh)
        self.assertIs(fresh.is_debug(), False)

    def test_set_debug(self):
        for debug in True, False, True:
            chainer.set_debug(debug)
            self.assertIs(chainer.is_debug(), debug)

    def test_context(self):
        for outer in True, False:
            for inner in True, False:
                chainer.set_debug(outer)
                with chainer.DebugMode(inner):
                    self.assertIs(chainer.is_debug(), inner)
                self.assertIs(chainer.is_debug(), outer)

    def test_nested(self):
        with chainer.DebugMode(True):
            with chainer.DebugMode(False):
                with chainer.DebugMode(True):
                    self.assertTrue(chainer.is_debug())
                self.assertFalse(chainer.is_debug())
            self.assertTrue(chainer.is_debug())
        self.assertFalse(chainer.is_debug())

    def test_exception_inside(self):
        with self.assertRaises(ZeroDivisionError):
            with chainer.DebugMode(True):
                raise ZeroDivisionError
        self.assertFalse(chainer.is_debug())

    def test_set_debug_inside(self):
        with chainer.DebugMode(True):
            chainer.set_debug(False)
        self.assertFalse(chainer.is_debug())

    def test_nothing_changes_before_entering(self):
        chainer.DebugMode(True)
        self.assertFalse(chainer.is_debug())

    def test_one_mode_for_all_threads(self):
        seen = []
        with chainer.DebugMode(True):
            thread = threading.Thread(
                target=lambda: seen.append(chainer.is_debug()))
            thread.start()
            thread.join()
        self.assertEqual(seen, [True])


class TestFunctionHooks(unittest.TestCase):

    def test_one_dictionary_for_each_thread(self):
        hooks = [chainer.get_function_hooks()]
        thread = threading.Thread(
            target=lambda: hooks.append(chainer.get_function_hooks()))
        thread.start()
        thread.join()
        self.assertIs(hooks[0], chainer.get_function_hooks())
        self.assertIs(hooks[0], chainer.thread_local.function_hooks)
        self.assertIsNot(hooks[0], hooks[1])
        self.assertEqual(hooks, [{}, {}])

    def test_public_names(self):
        self.assertIs(chainer.thread_local, mode.thread_local)
        self.assertIs(chainer.get_function_hooks, mode.get_function_hooks)
