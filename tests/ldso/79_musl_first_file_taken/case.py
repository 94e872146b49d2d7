RULE = "musl: the first file that opens is taken, of whatever machine, and the loader fails on it"


def build(t):
    t.use_musl()
    t.file("/first/liba.so", "text " * 50)
    t.lib("/second/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/first:/second")
    t.expect_missing("liba.so")
