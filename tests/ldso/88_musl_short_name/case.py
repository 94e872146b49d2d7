RULE = "musl: a library goes by one short name; the name of a link that led to it is none, and is looked for again"


def build(t):
    t.use_musl()
    t.lib("/a/liba.so")
    t.link("liba.so", "/a/libb.so")
    t.lib("/c/libb.so", soname="")
    # liba.so is loaded by its path, libb.so of /a is the same file, and libb.so of the last is another.
    t.lib("/a/libfirst.so", needs=["libb.so"], rpath="/a")
    t.lib("/a/libsecond.so", needs=["libb.so"], rpath="/c")
    t.lib("/a/libthird.so", needs=["liba.so"], rpath="/c")
    t.program("/app/p", needs=["/a/liba.so", "libfirst.so", "libsecond.so", "libthird.so"], rpath="/a")
    t.expect("libb.so", "/a/liba.so")
    t.expect("libb.so", "/c/libb.so", "rpath")
    t.expect("liba.so", "/a/liba.so", "already-loaded")
