RULE = "musl: the run path of the asker comes before those above it"


def build(t):
    t.use_musl()
    t.lib("/a/liba.so", needs=["libb.so"], rpath="/own")
    t.lib("/a/libb.so")
    t.lib("/own/libb.so")
    t.program("/app/p", needs=["liba.so"], rpath="/a")
    t.expect("libb.so", "/own/libb.so", "rpath")
