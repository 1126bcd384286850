"""kafka-python, the newest version and 2.0.2 (whose requests are of 2020): see kafka_python_scenarios.py."""

import pytest

from kafka_python_scenarios import SCENARIOS
from kafka_python_versions import OLD, VERSIONS, run_scenario

STORIES = [s for s in SCENARIOS if not s.endswith("_codec")]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("version", VERSIONS)
def test_story(server, name, version, story):
    if version == OLD and story.endswith("_newest_version"):
        pytest.skip("2.0.2 cannot ask for it")
    run_scenario(version, story, server.address, name)
