RULE = "a missing library of a library is named with every folder tried"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so", needs=["libgone.so"], rpath="/b")
    t.program("/app/p", needs=["liba.so"], rpath="/a")
    t.env["LD_LIBRARY_PATH"] = "/env"
    t.expect_missing("libgone.so")
    for folder in ("/b/libgone.so", "/a/libgone.so", "/env/libgone.so", "/usr/lib/libgone.so"):
        t.expect_said(folder)
