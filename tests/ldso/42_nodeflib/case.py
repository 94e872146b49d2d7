RULE = "DF_1_NODEFLIB: neither default folders nor what the cache has in them"


def build(t):
    t.use_glibc()
    t.lib("/usr/lib/liba.so")
    t.ldconfig("/usr/lib")
    t.program("/app/p", needs=["liba.so"], flags=["nodefaultlib"], runpath="/lib/x86_64-linux-gnu")
    t.expect_missing("liba.so")
