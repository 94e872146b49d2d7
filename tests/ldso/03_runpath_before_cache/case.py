RULE = "DT_RUNPATH is searched before ld.so.cache"


def build(t):
    t.use_glibc()
    t.lib("/runpath/liba.so")
    t.lib("/cached/liba.so")
    t.ldconfig("/cached")
    t.program("/app/p", needs=["liba.so"], runpath="/runpath")
    t.expect("liba.so", "/runpath/liba.so", "runpath")
