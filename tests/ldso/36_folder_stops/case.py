RULE = "a folder of the name is the end, not passed over"


def build(t):
    t.use_glibc()
    t.file("/first/liba.so/x")
    t.lib("/second/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/first:/second")
    t.expect_missing("liba.so")
    t.expect_said("is a folder")
