"""Chunks make clips, in any order, with few pictures on the way."""

import numpy as np
import pytest

from rvm.errors import DataError
from rvm.evaluation.joining import NEAR, ClipJoiner, join_chunks
from rvm.evaluation.scoring import APART, SPREAD, ChunkScores
from rvm.evaluation.strips import Strip


def scores(start, count, name='d/0', size=(4, 4), extra=(), strips=()):
    values = {key: np.arange(start, start + count) for key in ('pha_mad', *extra)}
    return ChunkScores(
        name, start, [str(start + n) for n in range(count)], size, values, list(strips)
    )


def chunks_with_strips(levels, sizes):
    """Return chunks that have pictures as `score_chunk` draws them."""
    chunks, start = [], 0
    for size in sizes:
        best = {}
        for number in range(start, min(start + size, len(levels))):
            stretch = number // SPREAD
            if stretch not in best or levels[number] > levels[best[stretch]]:
                best[stretch] = number
        strips = [Strip(n, str(n), float(levels[n]), b'jpeg') for n in best.values()]
        chunks.append(scores(start, min(size, len(levels) - start), strips=strips))
        start += size
    return chunks


@pytest.mark.parametrize(
    ('chunks', 'message'),
    [
        ([scores(0, 3), scores(2, 3)], 'd/0: frames 2 to 2 were scored twice'),
        ([scores(0, 3), scores(5, 3)], 'd/0: frames 3 to 4 are missing'),
        ([scores(1, 3)], 'd/0: frames 0 to 0 are missing'),
        ([scores(0, 1), scores(1, 1, size=(4, 5))], 'differ in size'),
        ([scores(0, 1), scores(1, 1, extra=('fgr_mse',))], 'some have no foreground'),
    ],
)
def test_chunks_that_do_not_fit_are_refused(chunks, message):
    with pytest.raises(DataError, match=message):
        join_chunks(chunks)


def test_clips_stand_in_order_of_first_appearance():
    chunks = [scores(2, 2, 'd/1'), scores(0, 1, 'd/0'), scores(0, 2, 'd/1')]
    clips = join_chunks(iter(chunks))
    assert [clip.clip for clip in clips] == ['d/1', 'd/0']
    assert clips[0].frames == ['0', '1', '2', '3']
    assert clips[0].values['pha_mad'].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize('seed', range(40))
def test_pictures_do_not_depend_on_the_chunks_or_their_order(seed):
    rng = np.random.default_rng(seed)
    length, count = int(rng.integers(1, 90)), int(rng.integers(0, 4))
    levels = rng.integers(0, 12, length)  # few levels: ties are frequent
    worst = {}
    for number in sorted(range(length), key=lambda n: (-levels[n], n)):
        worst.setdefault(number // SPREAD, number)
    expected: list[int] = []
    for number in worst.values():  # apart from every one that is worse
        if len(expected) < count and all(abs(number - n) >= APART for n in expected):
            expected.append(number)
    sizes = rng.integers(1, 25, length)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), length)) + 1]
    chunks = chunks_with_strips(levels, sizes)
    for order in (range(len(chunks)), rng.permutation(len(chunks))):
        (clip,) = join_chunks((chunks[n] for n in order), count)
        assert [strip.number for strip in clip.strips] == expected


def test_few_pictures_are_held():
    levels = np.random.default_rng(0).random(600)
    joiner = ClipJoiner(3)
    for chunk in chunks_with_strips(levels, [SPREAD] * 60):
        joiner.add(chunk)
        held = [strip for kept in joiner._strips.values() for strip in kept.values()]
        held += [strip for parts in joiner._chunks.values() for p in parts for strip in p.strips]
        assert len(held) <= 3 * NEAR


def test_pictures_are_apart_also_across_stretches():
    values = np.zeros(40)
    values[[9, 10, 18, 35]] = 5, 6, 4, 1
    strips = [Strip(n, str(n), values[n], b'jpeg') for n in (9, 10, 18, 35)]
    strips[1:3] = [strips[1]]  # 10 and 18 are of one stretch: a chunk sends its worst alone
    chunk = ChunkScores('d/0', 0, [str(n) for n in range(40)], (4, 4), {'pha_mad': values}, strips)
    (clip,) = join_chunks([chunk], num_strips=2)
    assert [strip.number for strip in clip.strips] == [10, 35]
