RULE = "a cache entry whose file is gone is passed over, the default folders follow"


def build(t):
    t.use_glibc()
    t.lib("/cached/liba.so")
    t.ldconfig("/cached")
    import os
    os.remove(t.root + "/cached/liba.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"])
    t.expect("liba.so", "/usr/lib/liba.so", "default")
