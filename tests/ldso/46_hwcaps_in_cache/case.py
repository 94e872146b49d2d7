RULE = "the same in ld.so.cache"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so")
    t.lib("/a/glibc-hwcaps/x86-64-v2/liba.so")
    t.ldconfig("/a")
    t.program("/app/p", needs=["liba.so"])
    t.expect("liba.so", "/a/liba.so", "cache")
    t.preferred["liba.so"] = "/a/glibc-hwcaps/x86-64-v2/liba.so"
