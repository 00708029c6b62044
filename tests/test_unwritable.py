"""A folder that can't be written, a full disk, a folder in use: one message, nothing half-written, and on it goes."""

import ctypes
import errno
import os
import resource
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from policy_worlds import shelf
from test_runner import REPLICATIONS, SMALL, command, done, wait_for
from typer.testing import CliRunner

from experiments import calibrate, cli
from experiments.compare import compare
from experiments.config import load
from experiments.pictures import Picture, publish
from experiments.store import Store, StoreError
from experiments.verify import verify
from experiments.workbook import write_workbook

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1  # linux/prctl.h, linux/capability.h


@pytest.fixture(scope="module")
def experiment():
    return load(SMALL, sets=[f"replications={REPLICATIONS}"])


@pytest.fixture(scope="module")
def undisturbed(experiment, tmp_path_factory):
    return done(experiment, tmp_path_factory.mktemp("undisturbed")).store.content_digest()


def bound_by_modes(system):
    """In a new process of root: from its next program on, a folder without the right to write can't be written."""
    if os.geteuid() == 0 and system.prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot give up CAP_DAC_OVERRIDE")


def finflow_without_rights(*arguments):
    process = command({}, *arguments, preexec_fn=partial(bound_by_modes, ctypes.CDLL(None, use_errno=True)))
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors.splitlines()


@contextmanager
def read_only(folder):
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(mode)


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("place", [".", "config", "runs", "series"])
def test_read_only_folder_is_one_message_and_keeps_what_it_has(experiment, undisturbed, tmp_path, place):
    """Whole or in part; two of its runs are there before."""
    done(replace(experiment, replications=2), tmp_path)
    before = contents(tmp_path / "runs") | contents(tmp_path / "series")
    with read_only(tmp_path / place):
        code, (line,) = finflow_without_rights("--out", tmp_path, "--workers", 1, "--quiet")
    assert (code, "cannot write" in line, line.endswith("Permission denied")) == (2, True, True), line
    after = contents(tmp_path)
    assert {file: after[file] for file in before} == before and not list(tmp_path.rglob(".tmp-*"))
    assert verify(Store(tmp_path), 0).differences.empty
    report = done(experiment, tmp_path)
    assert report.ran == REPLICATIONS - 2 and report.store.content_digest() == undisturbed


def test_new_folder_in_a_read_only_one_is_refused(tmp_path):
    with read_only(tmp_path):
        code, (line,) = finflow_without_rights("--out", tmp_path / "run")
    assert code == 2 and line == f"finflow: cannot write to {tmp_path / 'run'}: Permission denied"
    assert not list(tmp_path.iterdir())


@contextmanager
def full_disk(size):
    """A limit on the size of files stands in for it."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_pictures_and_workbook_are_as_before_if_the_disk_is_full(tmp_path):
    compared = compare(shelf(tmp_path, ("baseline", "relending"), replications=3, firms=30))
    words = {"en": "words", "zh": "字"}
    picture = Picture("price_of_credit", compared.effects, words, words, lambda figure, lang: None)
    (tmp_path / "charts").mkdir()
    save = (
        partial(publish, picture, tmp_path / "charts", "en"),
        partial(write_workbook, compared, tmp_path / "w.xlsx"),
    )
    for write in save:
        write()
    before = contents(tmp_path)
    assert len(before) == 5
    for write in save:
        with full_disk(1_000), pytest.raises(StoreError, match=r"cannot write .*File too large"):
            write()
    assert contents(tmp_path) == before


def test_second_of_two_processes_is_refused_and_the_first_goes_on(undisturbed, tmp_path):
    folder, go_on = tmp_path / "run", tmp_path / "go on"
    options = ("--out", folder, "--workers", 1, "--quiet")
    first = command({"waits_for": str(go_on)}, *options)
    try:
        wait_for(lambda: (folder / "manifest.json").exists())
        second = command({}, *options)
        _, errors = second.communicate(timeout=120)
        assert second.returncode == 2
        assert errors == (
            f"finflow: {folder} is in use by another finflow process; wait for it or choose another --out\n"
        )
    finally:
        go_on.touch()
        assert first.communicate(timeout=120)[1] == ""
    assert first.returncode == 0
    assert Store(folder).content_digest() == undisturbed
    assert verify(Store(folder), 0).differences.empty


def test_folder_is_held_until_results_are_shown(experiment, tmp_path):
    shown = []

    def show(store):
        with pytest.raises(StoreError, match="in use by another finflow process"), Store(store.path).locked():
            pass
        shown.append(len(store.done()))

    done(experiment, tmp_path, show=show)
    assert shown == [REPLICATIONS]


def test_results_that_cannot_be_shown_are_kept_and_it_is_said(experiment, undisturbed, tmp_path):
    def show(store):
        raise StoreError("cannot write charts")

    report = done(experiment, tmp_path, show=show)
    assert (report.done, report.halted) == (REPLICATIONS, "cannot write charts")
    assert report.store.content_digest() == undisturbed


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 2), (errno.EACCES, 2), (errno.EIO, 1)])
def test_any_command_that_cannot_write_says_what(monkeypatch, number, code):
    """Of other failures of the system we want to know."""
    error = OSError(number, os.strerror(number), "/there/score.yaml")
    monkeypatch.setattr(calibrate, "calibrate", lambda *_: raises(error))
    result = CliRunner().invoke(cli.app, ["calibrate"])
    assert result.exit_code == code
    if code == 2:
        assert result.stderr == f"finflow: /there/score.yaml: {os.strerror(number)}\n"
    else:
        assert result.exception is error


def raises(error):
    raise error
