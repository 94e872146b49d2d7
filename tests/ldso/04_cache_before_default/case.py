RULE = "ld.so.cache is searched before the default folders"


def build(t):
    t.use_glibc()
    t.lib("/cached/liba.so")
    t.ldconfig("/cached")
    t.lib("/usr/lib/x86_64-linux-gnu/liba.so")
    t.program("/app/p", needs=["liba.so"])
    t.expect("liba.so", "/cached/liba.so", "cache")
