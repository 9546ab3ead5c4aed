import pytest
from tests.billing.test_machine import ahead, stage
from tests.billing.machine import Money
from billing.models import Op, Leg, Attempt
@pytest.mark.usefixtures("stage")
def test_zz():
    state = Money()
    state.begins(settlement='card', tier='async-48h', answered_at_last=True, back=2, stage='accepted', stands=168, card='4242424242424242')
    state.breaks(kind='lost_answer', path='/v1/', times=2)
    state.pays(back=False, card='4242424242424242', party='honoraires', proves='yes')
    state.asks_another_quote()
    state.cuts_us_off(noticed=True)
    state.works(daily=False)
    try: state.teardown()
    finally:
        for o in Op.objects.all(): print(o.kind, o.state, o.asked_at, getattr(o,'due_at',None), {k:v for k,v in o.__dict__.items() if k not in('_state','id')})
        for a in Attempt.objects.all(): print(a.__dict__)
        for l in Leg.objects.all(): print(l.__dict__)
        print(state.clock.__dict__)
