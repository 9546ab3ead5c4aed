"""Many at once went well only when every one of them came to its end."""

import threading

import pytest

from tests.faults.together import together


def test_an_act_that_does_not_end_has_not_gone_well():
    free = threading.Event()
    try:
        with pytest.raises(BaseExceptionGroup) as told:
            together([free.wait], within=0.1)
    finally:
        free.set()
    assert [type(one) for one in told.value.exceptions] == [TimeoutError]


def test_what_went_wrong_in_one_act_is_told():
    with pytest.raises(BaseExceptionGroup) as told:
        together([lambda: None, lambda: 1 / 0])
    assert [type(one) for one in told.value.exceptions] == [ZeroDivisionError]
