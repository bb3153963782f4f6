import unittest

from chainer import training


class TestExtension(unittest.TestCase):

    def test_defaults(self):
        class MyExtension(training.Extension):
            def __call__(self, trainer):
                return trainer

        extension = MyExtension()
        self.assertEqual(extension.trigger, (1, 'iteration'))
        self.assertEqual(extension.priority, training.PRIORITY_READER)
        self.assertIs(extension.invoke_before_training, False)
        self.assertIsNone(extension.name)
        self.assertEqual(extension.default_name, 'MyExtension')
        self.assertIsNone(extension.finalize())
        self.assertIsNone(extension.serialize(None))

    def test_default_name_as_attribute(self):
        class MyExtension(training.Extension):
            default_name = 'mine'

        self.assertEqual(MyExtension().default_name, 'mine')

    def test_without_call(self):
        class MyExtension(training.Extension):
            trigger = 1, 'epoch'

        with self.assertRaisesRegex(NotImplementedError, 'MyExtension'):
            MyExtension()(None)

    def test_order_of_priorities(self):
        self.assertGreater(
            training.PRIORITY_WRITER, training.PRIORITY_EDITOR)
        self.assertGreater(
            training.PRIORITY_EDITOR, training.PRIORITY_READER)


class TestMakeExtension(unittest.TestCase):

    def test_defaults(self):
        @training.make_extension()
        def function(trainer):
            return trainer

        self.assertEqual(function.trigger, (1, 'iteration'))
        self.assertEqual(function.default_name, 'function')
        self.assertEqual(function.priority, training.PRIORITY_READER)
        self.assertIs(function.invoke_before_training, False)
        self.assertIsNone(function.finalize)
        self.assertEqual(function('trainer'), 'trainer')

    def test_settings(self):
        def trigger(trainer):
            return True

        def finalizer():
            return 'finalized'

        @training.make_extension(
            trigger=trigger, default_name='name', priority=5,
            invoke_before_training=True, finalizer=finalizer)
        def function(trainer):
            return trainer

        self.assertIs(function.trigger, trigger)
        self.assertEqual(function.default_name, 'name')
        self.assertEqual(function.priority, 5)
        self.assertIs(function.invoke_before_training, True)
        self.assertIs(function.finalize, finalizer)

    def test_priority_zero(self):
        @training.make_extension(priority=0)
        def function(trainer):
            return trainer

        self.assertEqual(function.priority, 0)
