import itertools
import os
import unittest
from unittest import mock

import numpy

from cupy import testing

FLOATS = {numpy.float16, numpy.float32, numpy.float64}
SIGNED = {numpy.int8, numpy.int16, numpy.int32, numpy.int64}
UNSIGNED = {numpy.uint8, numpy.uint16, numpy.uint32, numpy.uint64}
BOOL = {numpy.bool_}


def dtypes_of(decorator, name='dtype'):
    seen = []

    def test(self, **kwargs):
        dtype, = kwargs.items()
        seen.append(dtype)

    decorator(test)(None)
    assert {key for key, _ in seen} == {name}
    dtypes = [value for _, value in seen]
    assert len(set(dtypes)) == len(dtypes)
    return set(dtypes)


def combinations_of(decorator, names):
    seen = []

    def test(self, **kwargs):
        assert set(kwargs) == set(names)
        seen.append(tuple(kwargs[name] for name in names))

    decorator(test)(None)
    assert len(set(seen)) == len(seen)
    return seen


class TestSingle(unittest.TestCase):

    def test_sets(self):
        for decorator, dtypes in [
                (testing.for_dtypes([numpy.int8, 'f']),
                 {numpy.int8, numpy.float32}),
                (testing.for_all_dtypes(), FLOATS | SIGNED | UNSIGNED | BOOL),
                (testing.for_all_dtypes(no_float16=True),
                 (FLOATS | SIGNED | UNSIGNED | BOOL) - {numpy.float16}),
                (testing.for_all_dtypes(no_bool=True),
                 FLOATS | SIGNED | UNSIGNED),
                (testing.for_float_dtypes(), FLOATS),
                (testing.for_float_dtypes(no_float16=True),
                 FLOATS - {numpy.float16}),
                (testing.for_signed_dtypes(), SIGNED),
                (testing.for_unsigned_dtypes(), UNSIGNED),
                (testing.for_int_dtypes(), SIGNED | UNSIGNED | BOOL),
                (testing.for_int_dtypes(no_bool=True), SIGNED | UNSIGNED)]:
            self.assertEqual(dtypes_of(decorator), dtypes)

    def test_name(self):
        for make in (testing.for_all_dtypes, testing.for_float_dtypes,
                     testing.for_signed_dtypes, testing.for_unsigned_dtypes,
                     testing.for_int_dtypes):
            dtypes_of(make(name='type_of_x'), 'type_of_x')
        dtypes_of(testing.for_dtypes('bhd', name='type_of_x'), 'type_of_x')

    def test_no_dtypes(self):
        with self.assertRaisesRegex(ValueError, 'no test would run'):
            testing.for_dtypes([])

    def test_note(self):
        @testing.for_dtypes('bhf')
        def test(self, dtype):
            if dtype is numpy.int16:
                raise KeyError('a')

        try:
            test(None)
        except KeyError as error:
            self.assertEqual(error.__notes__, ['Failed with dtype=int16'])
        else:
            self.fail('the error was swallowed')


class TestCombination(unittest.TestCase):

    def test_full(self):
        for decorator, dtypes in [
                (testing.for_all_dtypes_combination,
                 FLOATS | SIGNED | UNSIGNED | BOOL),
                (testing.for_signed_dtypes_combination, SIGNED),
                (testing.for_unsigned_dtypes_combination, UNSIGNED),
                (testing.for_int_dtypes_combination,
                 SIGNED | UNSIGNED | BOOL)]:
            seen = combinations_of(decorator(names='xy', full=True), 'xy')
            self.assertEqual(set(seen),
                             set(itertools.product(dtypes, repeat=2)))

    def test_without(self):
        seen = combinations_of(testing.for_all_dtypes_combination(
            names='xy', no_float16=True, no_bool=True, full=True), 'xy')
        self.assertEqual(len(seen), 10 * 10)
        seen = combinations_of(testing.for_int_dtypes_combination(
            names='xy', no_bool=True, full=True), 'xy')
        self.assertEqual(len(seen), 8 * 8)

    def test_sample(self):
        decorator = testing.for_all_dtypes_combination(names='xyz', full=False)
        seen = combinations_of(decorator, 'xyz')
        self.assertEqual(seen, combinations_of(decorator, 'xyz'))
        self.assertEqual(len(seen), 12)
        for place in range(3):
            self.assertEqual({dtypes[place] for dtypes in seen},
                             FLOATS | SIGNED | UNSIGNED | BOOL)

    def test_sample_of_another_test(self):
        samples = []
        for name in 'ab':
            seen = []

            def test(self, x, y, seen=seen):
                seen.append((x, y))

            test.__qualname__ = name
            testing.for_all_dtypes_combination('xy', full=False)(test)(None)
            samples.append(seen)
        self.assertNotEqual(*samples)

    def test_environment(self):
        decorator = testing.for_signed_dtypes_combination('xy')
        variable = 'CUPY_TEST_FULL_COMBINATION'
        with mock.patch.dict(os.environ, {variable: '1'}):
            self.assertEqual(len(combinations_of(decorator, 'xy')), 16)
        with mock.patch.dict(os.environ, {variable: '0'}):
            self.assertEqual(len(combinations_of(decorator, 'xy')), 4)
        with mock.patch.dict(os.environ):
            os.environ.pop(variable, None)
            self.assertEqual(len(combinations_of(decorator, 'xy')), 4)
