RULE = "what a DT_AUXILIARY names is followed before the rest of the list"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", auxiliary=["libimpl.so"], runpath="/a")
    t.lib("/a/libimpl.so", needs=["libx.so"], runpath="/impl")
    t.lib("/a/libb.so", needs=["libx.so"], runpath="/b")
    t.lib("/b/libx.so")
    t.lib("/impl/libx.so")
    t.program("/app/p", needs=["liba.so", "libb.so"], runpath="/a")
    t.ordered = False
    t.expect("libx.so", "/impl/libx.so", "runpath")
