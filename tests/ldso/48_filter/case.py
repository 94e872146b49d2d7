RULE = "what DT_FILTER names is loaded too"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", filters=["libimpl.so"], runpath="/impl")
    t.lib("/impl/libimpl.so", needs=["libb.so"], runpath="/impl")
    t.lib("/impl/libb.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.ordered = False
    t.expect("libimpl.so", "/impl/libimpl.so", "runpath")
