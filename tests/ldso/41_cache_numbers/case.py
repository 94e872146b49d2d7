RULE = "the cache compares digits by value: .10 is not .1, and .01 is .1"


def build(t):
    t.use_glibc()
    t.lib("/cached/liba.so.1")
    t.lib("/cached/liba.so.10")
    t.lib("/cached/libb.so.1")
    t.ldconfig("/cached")
    t.program("/app/p", needs=["liba.so.10", "liba.so.1", "libb.so.01"])
    t.expect("liba.so.10", "/cached/liba.so.10", "cache")
    t.expect("libb.so.01", "/cached/libb.so.1", "cache")
