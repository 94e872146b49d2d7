RULE = "a DT_NEEDED of 10,000 bytes is not found"


def build(t):
    t.use_glibc()
    t.program("/app/p", needs=["x" * 10000])
    t.expect_missing("x" * 10000)
