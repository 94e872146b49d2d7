RULE = "the DT_RPATH of the asker comes before that of its loader"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", needs=["libb.so"], rpath="/own")
    t.lib("/own/libb.so")
    t.lib("/a/libb.so")
    t.program("/app/p", needs=["liba.so"], rpath="/a")
    t.expect("libb.so", "/own/libb.so", "rpath")
