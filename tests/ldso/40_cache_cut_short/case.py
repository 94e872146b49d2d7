RULE = "a cache that names more entries than it holds is void"


def build(t):
    t.use_glibc()
    t.lib("/cached/liba.so")
    t.ldconfig("/cached")
    with open(t.root + "/etc/ld.so.cache", "r+b") as cache:
        cache.truncate(60)
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"])
    t.expect("liba.so", "/usr/lib/liba.so", "default")
    t.expect_said("cut short")
