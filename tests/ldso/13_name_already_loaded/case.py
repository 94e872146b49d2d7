RULE = "a name that was asked for before is the same object, whatever its SONAME"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", soname="libother.so")
    t.lib("/b/liba.so")
    t.lib("/a/libb.so", needs=["liba.so"], rpath="/b")
    t.program("/app/p", needs=["liba.so", "libb.so"], rpath="/a")
    t.expect("liba.so", "/a/liba.so", "already-loaded")
