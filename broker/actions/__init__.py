"""The acts behind the doors: each opens the transaction, calls care and money, hints on commit.

asking: ask, withdraw · paying: accept, hosted_page, settle · claiming: claim, reserve, renew,
decline · answering: answer, deliver · talking: send, see · sweeping: what the clock does.
"""
