"""Clips in chunks: the parts make the whole, and every rank has its own clips."""

import pytest
import torch

from rvm.datasets import ChunkedClips, ChunkKey, ChunkSampler, SampleKey, clip_collate
from rvm.errors import ConfigError
from rvm.registry import DATA_SAMPLERS


class Counted(ChunkedClips):
    """Clips of given lengths; frame t of clip i has the value 10 i + t."""

    def __init__(self, *lengths):
        self.lengths = lengths

    def __len__(self):
        return len(self.lengths)

    def num_frames(self, index):
        return self.lengths[index]

    def load_frames(self, index, start, stop):
        values = torch.arange(start, stop, dtype=torch.uint8) + 10 * index
        frames = values[:, None, None, None].expand(-1, 3, 2, 2)
        return {
            'src': frames,
            'pha': frames[:, :1],
            'clip': f'd/{index}',
            'frames': [str(n) for n in range(start, stop)],
        }


def test_chunks_make_the_whole():
    dataset = Counted(7, 3)
    whole = dataset[0]
    chunks = list(dataset.iter_chunks(0, 3))
    assert [chunk['start'] for chunk in chunks] == [0, 3, 6]
    assert {chunk['length'] for chunk in chunks} == {whole['length']} == {7}
    assert torch.equal(torch.cat([chunk['src'] for chunk in chunks]), whole['src'])
    assert [name for chunk in chunks for name in chunk['frames']] == whole['frames']
    assert torch.equal(dataset[SampleKey.of(1)]['src'], dataset[ChunkKey(1, 0, 3)]['src'])


def test_the_sampler_gives_every_frame_once_in_order():
    sampler = ChunkSampler(Counted(5, 1, 4), chunk=2)
    keys = list(sampler)
    assert len(sampler) == len(keys) == 6
    assert [(k.index, n) for k in keys for n in range(k.start, k.stop)] == [
        (index, n) for index, length in enumerate((5, 1, 4)) for n in range(length)
    ]


def test_ranks_share_whole_clips(monkeypatch):
    dataset = Counted(5, 1, 4)
    found = []
    for rank in range(4):
        monkeypatch.setattr('rvm.datasets.chunked_clips.get_dist_info', lambda r=rank: (r, 4))
        sampler = ChunkSampler(dataset, chunk=2)
        keys = list(sampler)
        assert len(keys) == len(sampler)
        found.append(sorted({key.index for key in keys}))
    assert found == [[0], [1], [2], []]


def test_a_batch_keeps_the_names_of_frames_together():
    (chunk,) = Counted(3).iter_chunks(0, 8)
    batch = clip_collate([chunk])
    assert batch['frames'] == [['0', '1', '2']]
    assert batch['src'].shape == (1, 3, 3, 2, 2)
    assert batch['start'].tolist() == [0]


def test_the_runner_builds_it_with_a_seed():
    config = {'type': 'ChunkSampler', 'chunk': 4}
    sampler = DATA_SAMPLERS.build(config, default_args={'dataset': Counted(3), 'seed': 5})
    assert list(sampler) == [ChunkKey(0, 0, 3)]


@pytest.mark.parametrize('chunk', [0, -1, 2.5, True, 'auto'])
def test_a_wrong_chunk_is_refused(chunk):
    with pytest.raises(ConfigError, match='chunk must be 1 or more'):
        ChunkSampler(Counted(3), chunk=chunk)


def test_other_data_sets_are_refused():
    with pytest.raises(ConfigError, match=r'list has none; use .*EpochSampler'):
        ChunkSampler([1, 2])
