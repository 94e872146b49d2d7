RULE = "musl: DT_RUNPATH is inherited as DT_RPATH is"


def build(t):
    t.use_musl()
    t.lib("/a/liba.so", needs=["libb.so"])
    t.lib("/a/libb.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.expect("libb.so", "/a/libb.so", "runpath")
