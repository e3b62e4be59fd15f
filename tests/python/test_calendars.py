"""The built-in NYSE calendar against exchange_calendars, session by session, and others through that package."""

import pytest

import peaktrade as pt

xc = pytest.importorskip("exchange_calendars")


@pytest.fixture(scope="module")
def reference():
    return xc.get_calendar("XNYS", start="1990-01-02", end="2026-12-31")


def test_nyse_has_the_same_sessions_opens_and_closes(reference):
    own = pt.calendar("nyse").sessions("1990-01-02", "2026-12-31")
    assert own.index.tolist() == reference.opens.index.tolist()
    assert own.index[own["open"].array != reference.opens.array].tolist() == []
    different = own.index[own["close"].array != reference.closes.array]
    assert different.tolist() == []


def test_other_calendars_come_from_the_package(reference):
    london = pt.calendar("XLON")
    assert not london.is_session("2024-04-01")  # Easter Monday, a session in New York
    assert pt.calendar("nyse").is_session("2024-04-01")
    listed = pt.calendar(reference)
    assert listed.sessions("2020-01-01", "2020-12-31").equals(pt.calendar("nyse").sessions("2020-01-01", "2020-12-31"))


def test_unknown_names_are_told():
    with pytest.raises(ValueError, match="did you mean 'XLON'"):
        pt.calendar("XLOO")
    with pytest.raises(TypeError, match="a name or a calendar, not int"):
        pt.calendar(5)
