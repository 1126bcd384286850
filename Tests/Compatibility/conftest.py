"""Fixtures: a server shared by the tests that leave it as it was, and fresh ones for those that do not."""

import itertools
import shutil
import uuid

import pytest

from server import BINARY, Server

_numbers = itertools.count()


def pytest_configure(config):
    if not BINARY.exists():
        raise pytest.UsageError(f"no server at {BINARY}: build it, or name it in SERVER_UNDER_TEST")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for server in {id(s): s for s in item.stash.get(_SERVERS, [])}.values():
            state = "running" if server.is_running else f"ended with {server.process and server.process.poll()}"
            report.sections.append((f"server {server.directory.name} ({state}), end of its log", server.log_tail()))
    return report


_SERVERS = pytest.StashKey()


@pytest.fixture(scope="session")
def _shared(tmp_path_factory):
    holder = {}

    def get():
        server = holder.get("server")
        if server is None or not server.is_running:
            # A test has ended it: that test failed, the next ones get a new one.
            server = holder["server"] = Server(tmp_path_factory.mktemp("shared"), SHARED_SETTINGS).start()
        return server

    yield get
    if "server" in holder:
        holder["server"].close()


# Some tests write records with times long past, which retention would take away under their feet.
SHARED_SETTINGS = {"log.retention-check-interval": "1h"}


@pytest.fixture
def server(_shared, request):
    """A server that other tests use too. It must be running after the test."""
    server = _shared()
    request.node.stash.setdefault(_SERVERS, []).append(server)
    yield server
    assert server.is_running, "the test has ended the shared server"


@pytest.fixture
def make_server(tmp_path, request):
    """Starts servers of this test alone."""
    servers = []

    def make(settings=None, port=0):
        directory = tmp_path / f"server-{len(servers)}"
        directory.mkdir(exist_ok=True)
        server = Server(directory, settings, port)
        servers.append(server)
        request.node.stash.setdefault(_SERVERS, []).append(server)
        return server.start()

    yield make
    for server in servers:
        server.close()
        shutil.rmtree(server.data, ignore_errors=True)


@pytest.fixture
def name():
    """A name for a topic or group that no other test uses."""
    return f"t{next(_numbers)}-{uuid.uuid4().hex[:8]}"
