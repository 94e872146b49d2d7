RULE = "a library inherits from the object that loaded it first, not from who else needs it"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", needs=["libx.so"], rpath="/a")
    t.lib("/b/libb.so", needs=["libx.so"], rpath="/b")
    t.lib("/a/libx.so", needs=["liby.so"])
    t.lib("/b/libx.so", needs=["liby.so"])
    t.lib("/b/liby.so")
    t.lib("/a/liby.so")
    t.program("/app/p", needs=["/b/libb.so", "/a/liba.so"])
    t.expect("liby.so", "/b/liby.so", "rpath")
