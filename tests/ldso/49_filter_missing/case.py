RULE = "a DT_FILTER that is not there is an error"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", filters=["libimpl.so"])
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.expect_missing("libimpl.so")
