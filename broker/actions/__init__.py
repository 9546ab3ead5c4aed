"""The acts behind the doors: each opens the transaction, calls care and money, hints on commit.

asking: ask · withdrawing: withdraw, agree, take_back · paying: accept, hosted_page, settle ·
claiming: claim, reserve, renew, decline · answering: answer, close ·
reporting: deliver, post_due · talking: send, see ·
linking: declare, confirm, end · leaving: close, erase · sweeping: what the clock does.
"""
