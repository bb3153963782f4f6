"""English-looking sentences that are made here and need no download."""
import functools

import numpy

from chainer.datasets import grammar

# Numbers of sentences, of nine words or so.
_SIZES = {'train': 30000, 'valid': 1000, 'test': 2000}

# A row is a symbol and its expansions, each after its weight; what is written
# in capitals is a symbol. A row with # stands for two: for the singular with 1
# in the place of #, and for the plural with 2.
_RULES = '''
SENTENCE    14 CLAUSE | 2 TIME CLAUSE | 2 CLAUSE LINK CLAUSE | 3 QUESTION ?
QUESTION    3 does SUBJECT1 ACT2 | 2 do SUBJECT2 ACT2
            | 2 is SUBJECT1 QUALITY | 1 are SUBJECT2 QUALITY
CLAUSE      5 CLAUSE1 | 3 CLAUSE2
CLAUSE#     7 SUBJECT# STATE# | 1 SUBJECT# SAY# that REPORT
REPORT      5 SUBJECT1 STATE1 | 3 SUBJECT2 STATE2
STATE#      8 ACT# | 2 is/are QUALITY | 1 does/do not ACT2
SUBJECT#    5 ONE# | 4 SHORT# | 2 ONE# NEAR SOMEONE | 2 ONE# that RELATIVE#
SHORT1      1 NAME | 1 HE
SHORT2      1 NAME and NAME | 2 THEY
ACT#        5 DEED# | 1 OFTEN DEED# | 1 WANT# to DEED2 | 1 SEE# OBJECT
OBJECT      5 ONE1 that RELATIVE1 | 3 ONE2 that RELATIVE2
RELATIVE#   3 DEED# | 1 NAME SEE1 | 1 ONE1 SEE1 | 1 ONE2 SEE2
DEED#       3 SLEEP# | 2 SLEEP# in the PLACE | 4 SEE# SOMEONE | 2 EAT# FOOD
            | 2 READ# THING | 1 GIVE# THING to SOMEONE
SOMEONE     5 ONE1 | 3 ONE2 | 2 NAME | 1 him | 1 them
ONE#        3 WHICH# PERSON# | 1 WHICH# KIND PERSON#
THING       3 WHICH1 BOOK1 | 2 WHICH2 BOOK2
FOOD        2 BREAD | 1 FRESH BREAD
QUALITY     2 KIND | 1 VERY KIND
'''

# The k-th word of a row has the weight 1 / k.
_WORDS = '''
PERSON#     man/men woman/women child/children dog/dogs teacher/teachers
            friend/friends cat/cats boy/boys girl/girls doctor/doctors
            farmer/farmers bird/birds king/kings queen/queens horse/horses
            student/students sailor/sailors mouse/mice baby/babies wolf/wolves
            thief/thieves baker/bakers lady/ladies soldier/soldiers
            goose/geese nurse/nurses poet/poets fox/foxes witch/witches
            pilot/pilots
SLEEP#      sleeps/sleep laughs/laugh sings/sing waits/wait runs/run
            dances/dance works/work cries/cry smiles/smile swims/swim
            jumps/jump talks/talk
SEE#        sees/see loves/love knows/know follows/follow hears/hear
            likes/like watches/watch finds/find helps/help meets/meet
            chases/chase remembers/remember
EAT#        eats/eat buys/buy cooks/cook brings/bring
READ#       reads/read writes/write opens/open hides/hide draws/draw keeps/keep
GIVE#       gives/give sends/send shows/show sells/sell
SAY#        says/say thinks/think believes/believe hopes/hope
WANT#       wants/want tries/try begins/begin
BOOK#       book/books letter/letters picture/pictures story/stories
            box/boxes map/maps key/keys diary/diaries
BREAD       bread soup rice cheese fish meat cake honey fruit salad
PLACE       garden house kitchen street forest school town park library station
            valley cellar
KIND        little young big tall hungry tired happy quiet brave clever lazy
            busy funny strong rich poor
FRESH       fresh warm cold good sweet
VERY        very too so quite
OFTEN       often always sometimes still usually
TIME        today now here tonight then
LINK        and but because when while
NAME        mary john anna peter lucy paul emma tom clara max
HE          he she it
THEY        they we you
NEAR        near behind with beside under
WHICH1      the a this every my your
WHICH2      the these some two my many your three
'''


def get_sentences(seed=0):
    """Gets a text of generated sentences, without any download.

    It has the form of :func:`get_ptb_words`, for examples and tests on
    machines that have no network: sequences of word IDs for training,
    validation and testing, with ``<eos>`` after each sentence.
    :func:`get_sentences_vocabulary` tells which ID is which word.

    The sentences look like English, and take a memory to predict. The number
    of a verb is that of its subject, which is not always the noun before it:
    "the man that the dogs follow sleeps"; verbs differ in what may come after
    them; and a sentence that begins like a question ends with a question mark.

    Unlike those of a natural text, the probabilities of these sentences are
    known, and :func:`get_sentences_grammar` tells the best perplexity that a
    language model can reach. It is 11.9, while a model that remembers only the
    word before reaches 22.

    Args:
        seed (int): Seed of the random numbers. Another seed gives another
            text of the same grammar. NumPy's global random state is neither
            used nor changed.

    Returns:
        tuple of numpy.ndarray: The training, validation and test sequences,
        vectors of int32.

    .. admonition:: Example

       >>> from chainer import datasets
       >>> train, valid, test = datasets.get_sentences()
       >>> vocabulary = datasets.get_sentences_vocabulary()
       >>> words = {i: word for word, i in vocabulary.items()}
       >>> print(' '.join([words[i] for i in test[:14].tolist()]))
       is this busy baby that anna likes clever ? <eos> peter is tall <eos>

    """
    random_state = numpy.random.RandomState(seed)
    return tuple([get_sentences_grammar().generate(size, random_state)
                  for size in _SIZES.values()])


def get_sentences_vocabulary():
    """Gets the vocabulary of the generated sentences.

    See :func:`get_sentences`.

    Returns:
        dict: Maps each word to its ID.

    """
    return dict(get_sentences_grammar().vocabulary)


@functools.cache
def get_sentences_grammar():
    """Gets the grammar of the generated sentences.

    It tells the probability of a text of such sentences, and the best possible
    perplexity of a language model. See :func:`get_sentences`.

    Returns:
        chainer.datasets.grammar.Grammar: The grammar. It is unambiguous.

    .. admonition:: Example

       >>> from chainer import datasets
       >>> grammar = datasets.get_sentences_grammar()
       >>> def is_grammatical(text):
       ...     ids = [grammar.vocabulary[word] for word in text.split()]
       ...     return grammar.log_probability(ids) > -float('inf')
       >>> is_grammatical('the man that the dogs follow sleeps <eos>')
       True
       >>> is_grammatical('the man that the dogs follow sleep <eos>')
       False

    """
    rules = {}
    for symbol, row in _read(_RULES):
        rules[symbol] = [
            (int(weight), parts)
            for weight, *parts in map(str.split, ' '.join(row).split('|'))]
    for symbol, row in _read(_WORDS):
        rules[symbol] = [(1 / k, [word]) for k, word in enumerate(row, 1)]
    return grammar.Grammar(rules)


def _read(table):
    """Yields the rows of a table, those with # in both numbers."""
    for line in table.replace('\n ', ' ').strip().split('\n'):
        symbol, *row = line.split()
        if '#' not in symbol:
            yield symbol, row
            continue
        for number in (1, 2):
            yield symbol.replace('#', str(number)), [
                part.split('/')[min(number - 1, part.count('/'))].replace(
                    '#', str(number))
                for part in row]
