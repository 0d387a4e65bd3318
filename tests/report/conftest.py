"""The audits that the reports' tests look at, each made once."""

import os
from pathlib import Path

import audits
import pytest

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture(scope="session")
def failing():
    return audits.failing()


@pytest.fixture(scope="session")
def passing():
    return audits.passing()


@pytest.fixture(scope="session")
def inconclusive():
    return audits.inconclusive()


@pytest.fixture(scope="session")
def shop():
    return audits.shop()


@pytest.fixture(scope="session")
def admissions():
    return audits.admissions()


@pytest.fixture(scope="session")
def unlimited():
    return audits.unlimited()


@pytest.fixture(scope="session")
def literal():
    return audits.literal()


@pytest.fixture(scope="session")
def delivery():
    return audits.delivery()


@pytest.fixture(scope="session")
def hostile():
    """An audit whose every name is an attack."""
    return audits.groups(audits.HOSTILE, attribute="<b>|`@x`\u202e")


@pytest.fixture(
    params=["failing", "passing", "inconclusive", "shop", "admissions", "unlimited", "literal", "delivery", "hostile"]
)
def audit(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def golden():
    """Compare a text with a stored one; with FAIRAUDIT_UPDATE_GOLDEN=1 store it instead."""

    def compare(name, text):
        path = GOLDEN / name
        if os.environ.get("FAIRAUDIT_UPDATE_GOLDEN") == "1":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8"), f"{name} differs; FAIRAUDIT_UPDATE_GOLDEN=1 stores the new one"

    return compare
