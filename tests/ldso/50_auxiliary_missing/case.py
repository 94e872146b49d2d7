RULE = "a DT_AUXILIARY that is not there is no error"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", auxiliary=["libimpl.so"])
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.expect("libimpl.so", None)
