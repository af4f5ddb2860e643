"""Files of the input, on disk or inside an archive, read one by one: nothing is unpacked for it."""

import bz2
import gzip
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rvm.errors import DataError
from rvm.io.atomic import partial_path, remove

COMPRESSED = {b'\x1f\x8b': gzip.open, b'BZ': bz2.open, b'\xfd7': lzma.open}
"""First two bytes of a compressed tar -> what decompresses it."""
BLOCK = 512
DAMAGE = (OSError, EOFError, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError)
DAMAGE += (zipfile.BadZipFile, tarfile.TarError)


class Blob:
    """One file of the input; `str` gives its place, for messages.

    Attributes:
        size: Bytes.
        file_name: The last part of its path.
        on_disk: Its path, or None inside an archive.
        order: Its archive, and where it begins in it: reading goes one by one, front to back.
    """

    size: int
    file_name: str
    on_disk: Path | None
    order: tuple[str, int]

    def read(self) -> bytes:
        """Return the contents."""
        raise NotImplementedError

    @contextmanager
    def local(self, near: Path | None) -> Iterator[Path]:
        """Yield a path to read from: the file itself, or a copy that vanishes.

        Args:
            near: A copy is made beside this output; None: where the system keeps such files.
        """
        if self.on_disk is not None:
            yield self.on_disk
            return
        suffix = PurePosixPath(self.file_name).suffix
        if near is None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, f'copy{suffix}')
                path.write_bytes(self.read())
                yield path
            return
        near.parent.mkdir(parents=True, exist_ok=True)
        path = partial_path(near.with_suffix(suffix))
        try:
            path.write_bytes(self.read())
            yield path
        finally:
            remove(path)


@dataclass(frozen=True)
class DiskFile(Blob):
    """A file of its own."""

    path: Path
    size: int
    order = ('', 0)

    def __str__(self) -> str:
        return str(self.path)

    @property
    def file_name(self) -> str:
        """The name without folders."""
        return self.path.name

    @property
    def on_disk(self) -> Path:
        """The path."""
        return self.path

    def read(self) -> bytes:
        """Return the contents."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise DataError(f'{self.path} cannot be read ({error.strerror})') from error


@dataclass(frozen=True)
class Member(Blob):
    """A file in an archive, which may itself be in one.

    Attributes:
        holder: The archive.
        name: As the archive writes it.
        size: Bytes, unpacked.
        offset: Tar: where the contents begin in the unpacked stream; zip: where the entry does.
        in_zip: Whether the archive is a zip.
    """

    holder: Blob
    name: str
    size: int
    offset: int
    in_zip: bool
    on_disk = None

    def __str__(self) -> str:
        return f'{self.holder}: {self.name}'

    @property
    def order(self) -> tuple[str, int]:
        """The archive and the place in it."""
        return str(self.holder), self.offset

    @property
    def file_name(self) -> str:
        """The name without folders."""
        return self.name.replace('\\', '/').rpartition('/')[2]

    def read(self) -> bytes:
        """Return the contents; a zip compares its checksum."""
        try:
            if self.in_zip:
                return _zip(self.holder).read(self.name)
            stream = _tar_stream(self.holder)
            stream.seek(self.offset)
            data = stream.read(self.size)
        except DAMAGE as error:
            raise DataError(f'{self} cannot be read ({error}); fetch the archive again') from error
        if len(data) != self.size:
            raise DataError(f'{self} is cut off; fetch the archive again')
        return data


def list_archive(holder: Blob) -> list[Member] | None:
    """Return the files of a zip or tar archive in its own order; None if it is neither.

    Raises:
        DataError: It is cut off, or holds paths or kinds of files that no data set has.
    """
    try:
        # A zip is known by its end, which is that of a tar whose last file is a zip.
        members = _list_tar(holder)
        if members is None:
            members = _list_zip(holder)
    except DAMAGE as error:
        raise DataError(f'{holder} cannot be read ({error}); fetch it again') from error
    for member in members or ():
        path = member.name.replace('\\', '/')
        if path.startswith('/') or path[1:2] == ':' or '..' in path.split('/'):
            raise DataError(
                f'{holder} holds {member.name!r}, which points out of the archive; do not trust it'
            )
    return members


def is_sequential(holder: Blob) -> bool:
    """Return whether an archive can only be read front to back: a compressed tar."""
    with _open(holder) as stream:
        return stream.read(2) in COMPRESSED


def forget_handles() -> None:
    """Let go of open archives, as a forked process must: it shares their position."""
    _zip.cache_clear()
    _tar_stream.cache_clear()


def _list_zip(holder: Blob) -> list[Member] | None:
    with _open(holder) as stream:
        if not zipfile.is_zipfile(stream):
            return None
    infos = [info for info in _zip(holder).infolist() if not info.is_dir()]
    name, count = Counter(info.filename for info in infos).most_common(1)[0] if infos else ('', 0)
    if count > 1:
        raise DataError(f'{holder} holds {name!r} twice; fetch it again')
    return [Member(holder, i.filename, i.file_size, i.header_offset, True) for i in infos]


def _list_tar(holder: Blob) -> list[Member] | None:
    stream = _tar_stream(holder)
    stream.seek(0)
    try:
        archive = tarfile.TarFile(fileobj=stream)
    except tarfile.ReadError:
        return None
    members = {}
    for info in archive:
        if info.isdir():
            continue
        if info.islnk() and info.linkname in members:  # a file that is in the archive already
            info.size, info.offset_data = members[info.linkname].size, members[info.linkname].offset
        elif not info.isreg() or info.issparse():
            raise DataError(
                f'{holder} holds {info.name!r}, a link or a device; unpack it yourself, and give '
                'the folder'
            )
        members[info.name] = Member(holder, info.name, info.size, info.offset_data, False)
    stream.seek(archive.offset)
    if stream.read(BLOCK) != bytes(BLOCK):
        raise DataError(f'{holder} lacks the mark of its end, so it is cut off; fetch it again')
    return list(members.values())


def _open(holder: Blob) -> BinaryIO:
    """Open an archive; one inside another is unpacked to a file that no folder lists."""
    if holder.on_disk is not None:
        return open(holder.on_disk, 'rb')
    stream = tempfile.TemporaryFile()  # noqa: SIM115 - `_zip` and `_tar_stream` keep it
    if holder.in_zip:
        with _zip(holder.holder).open(holder.name) as source:
            shutil.copyfileobj(source, stream, 1 << 20)
    else:
        stream.write(holder.read())
    stream.seek(0)
    return stream


@lru_cache(maxsize=4)
def _zip(holder: Blob) -> zipfile.ZipFile:
    return zipfile.ZipFile(_open(holder))


@lru_cache(maxsize=4)
def _tar_stream(holder: Blob) -> BinaryIO:
    stream = _open(holder)
    decompress = COMPRESSED.get(stream.read(2))
    stream.seek(0)
    return stream if decompress is None else decompress(stream)
