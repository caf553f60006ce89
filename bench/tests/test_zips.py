import zipfile

import pytest

from functions import zips


@pytest.fixture
def built(tmp_path, monkeypatch):
    directories = {"arm64": tmp_path / "lambda", "x86_64": tmp_path / "lambda-x86_64"}
    monkeypatch.setattr(zips, "_DIRECTORIES", directories)
    for directory in directories.values():
        (directory / "ingest").mkdir(parents=True)
        with zipfile.ZipFile(directory / "ingest" / "bootstrap.zip", "w") as archive:
            archive.writestr("bootstrap", "#!/bin/sh\n")
    return directories


def test_sizes_are_of_both_architectures(built):
    (size,) = zips.sizes(["ingest"])
    expected = {name: (path / "ingest" / "bootstrap.zip").stat().st_size for name, path in built.items()}
    assert size.bytes_by_architecture == expected


def test_unpacked_bootstrap_is_executable(built, tmp_path):
    zips.unpack_bootstraps(["ingest"], "x86_64", tmp_path / "out")
    assert (tmp_path / "out" / "ingest").stat().st_mode & 0o111


def test_zip_that_is_not_there_says_how_to_get_it(built, tmp_path):
    with pytest.raises(zips.NotBuilt, match="make build"):
        zips.unpack_bootstraps(["dedup"], "x86_64", tmp_path / "out")


def test_zip_without_a_bootstrap_is_refused(built, tmp_path):
    with zipfile.ZipFile(built["x86_64"] / "ingest" / "bootstrap.zip", "w"):
        pass
    with pytest.raises(zips.NotBuilt, match="holds no bootstrap"):
        zips.unpack_bootstraps(["ingest"], "x86_64", tmp_path / "out")


def test_binaries_that_are_not_there_are_named(tmp_path):
    with pytest.raises(zips.NotBuilt, match="ingest, dedup"):
        zips.copy_binaries(["ingest", "dedup"], tmp_path, tmp_path / "out")
