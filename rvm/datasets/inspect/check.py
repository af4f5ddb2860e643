"""Finds everything that is wrong with the data of some configs, in one run."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from tqdm import tqdm

from rvm.datasets.config import loaders
from rvm.datasets.inspect.fault import FAULT, Fault, Findings
from rvm.datasets.inspect.job import Job
from rvm.datasets.inspect.needs import check_backgrounds, check_needs, check_splits
from rvm.datasets.inspect.pool import run_jobs
from rvm.datasets.inspect.report import Report, Section
from rvm.datasets.inspect.sources import Source, find_sources
from rvm.datasets.sample_key import SampleKey
from rvm.errors import ConfigError
from rvm.registry import DATASETS


def check_configs(
    configs: Mapping[str, Mapping[str, Any]],
    *,
    workers: int = 1,
    quick: bool = False,
    progress: bool = True,
) -> Report:
    """Check all data that some configs read.

    Every source is listed and its files are read once, however many passes use it. Then the
    passes are built and asked for a sample, unless their data have faults.

    Args:
        configs: Configs by name.
        workers: Processes; the report does not depend on them.
        quick: Read headers only: damage inside a file goes unnoticed.
        progress: Show a bar.

    Raises:
        ConfigError: No config has a data loader.
    """
    sources = find_sources(configs)
    if not sources:
        raise ConfigError(
            f'{", ".join(configs)}: no train_dataloader, val_dataloader or test_dataloader with a '
            'dataset; give a config that has one'
        )
    listed = [_list(source) for source in sources]
    total = sum(job.num_files for jobs, _ in listed for job in jobs)
    found: list[tuple[Source, list[Findings]]] = []
    sections = []
    with tqdm(total=total, unit='file', disable=None if progress else True) as bar:
        for source, (jobs, faults) in zip(sources, listed, strict=True):
            bar.set_description(source.name[-40:])
            clips = []
            with closing(run_jobs(jobs, workers, quick)) as results:
                for number, clip in results:
                    bar.update(jobs[number].num_files)
                    clips.append(clip)
                    faults += clip.faults
                    clip.faults = []
            faults += check_needs(source, clips)
            found.append((source, clips))
            sections.append(Section.of(source, clips, faults))
    across = [*check_backgrounds(found), *check_splits(found)]
    broken = {
        loader
        for section in sections
        for loader in section.loaders
        if any(one.severity == FAULT for one in section.faults)
    }
    for name, config in configs.items():
        prefix = f'{name}: ' if len(configs) > 1 else ''
        for place, loader in loaders(config):
            if prefix + place not in broken:
                across += _try(f'{prefix}{place}', loader['dataset'], quick)
    return Report(quick, sections, across)


def _list(source: Source) -> tuple[list[Job], list[Fault]]:
    """Return the jobs of a source, and what its listing found."""
    jobs: list[Job] = []
    faults = [] if source.fault is None else [source.fault]
    if source.checker is not None and source.dataset is not None:
        for one in _until_error(source):
            (jobs if isinstance(one, Job) else faults).append(one)
    return jobs, faults


def _until_error(source: Source) -> Iterator[Fault | Job]:
    try:
        yield from source.checker(source.dataset)
    except Exception as error:  # of a plugin, or of contents that no checker foresaw
        text = f'cannot be listed ({type(error).__name__}: {error})'
        folder = str(getattr(source.dataset, 'folder', source.name))
        yield Fault('source', folder, ' '.join(f'{folder} {text}'.split()))


def _try(place: str, config: Mapping[str, Any], quick: bool) -> Sequence[Fault]:
    """Return why a data set cannot be built, or cannot give its first sample."""
    try:
        dataset = DATASETS.build(config)
        if len(dataset) and not quick:
            dataset[SampleKey.of(0)]
    except Exception as error:  # a misspelt transform raises what mmengine raises
        reason = str(error.args[0] if error.args else error).split('. Please check')[0]
        return [Fault('config', place, f'{place}: {" ".join(reason.split())}')]
    return []
