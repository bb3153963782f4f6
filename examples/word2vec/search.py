#!/usr/bin/env python
"""Finds the words whose vectors are nearest to that of a word.

A query is a word, or a sum of words, such as "dogs - dog + cat". Queries are
arguments, or else lines that are typed.
"""
import argparse
import os
import sys

import numpy as np


def load_vectors(path):
    """Returns the words and the matrix of their vectors."""
    with open(path, encoding='utf-8') as f:
        try:
            n_words, n_units = map(int, f.readline().split())
            rows = [line.split() for line in f]
            vectors = np.array([row[1:] for row in rows], np.float32)
            if vectors.shape != (n_words, n_units):
                raise ValueError(
                    f'it says {n_words} x {n_units} at its beginning, but has '
                    f'{vectors.shape}')
        except ValueError as error:
            raise ValueError(
                f'{path} is not a model of train_word2vec.py: '
                f'{error}') from error
    return [row[0] for row in rows], vectors


def parse(query, ids):
    """Returns the words of a query, each as a sign and an ID."""
    terms, sign = [], 1
    for token in query.split():
        if token in ('+', '-'):
            sign = 1 if token == '+' else -1
            continue
        if token not in ids:
            raise KeyError(token)
        terms.append((sign, ids[token]))
        sign = 1
    return terms


def search(words, vectors, query, n_result):
    """Returns the nearest other words to a query and their similarities.

    The similarity is the cosine of the angle between two vectors.
    """
    terms = parse(query, {word: i for i, word in enumerate(words)})
    directions = vectors / np.maximum(
        np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    target = sum([sign * directions[i] for sign, i in terms])
    similarity = directions.dot(target) / max(np.linalg.norm(target), 1e-9)
    similarity[[i for _, i in terms]] = -np.inf
    nearest = (-similarity).argsort()[:n_result]
    return [(words[i], float(similarity[i])) for i in nearest
            if np.isfinite(similarity[i])]


def read_queries():
    """Yields what is typed, up to an empty line or the end."""
    while True:
        try:
            query = input('>> ').strip()
        except EOFError:
            query = ''
        if not query:
            return
        yield query


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('query', nargs='*',
                        help='a word, or words with + and - between them in '
                             'quotation marks')
    parser.add_argument('--model', '-m',
                        default=os.path.join('result', 'word2vec.model'),
                        help='file that train_word2vec.py has written')
    parser.add_argument('--number', '-n', type=int, default=5,
                        help='number of words to find')
    args = parser.parse_args()
    try:
        words, vectors = load_vectors(args.model)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    for query in args.query or read_queries():
        try:
            found = search(words, vectors, query, args.number)
        except KeyError as error:
            print(f'{error} is not in the vocabulary')
            continue
        print(f'query: {query}')
        for word, similarity in found:
            print(f'{word}: {similarity:.4f}')


if __name__ == '__main__':
    main()
