RULE = "DF_1_NODEFLIB: what the cache has in other folders counts"


def build(t):
    t.use_glibc()
    t.lib("/cached/liba.so")
    t.ldconfig("/cached")
    t.program("/app/p", needs=["liba.so"], flags=["nodefaultlib"], runpath="/lib/x86_64-linux-gnu")
    t.expect("liba.so", "/cached/liba.so", "cache")
