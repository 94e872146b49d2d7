RULE = "musl: a semicolon in LD_LIBRARY_PATH is a letter of a folder's name"


def build(t):
    t.use_musl()
    t.lib("/a/liba.so")
    t.lib("/b/liba.so")
    t.lib("/odd;name/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"])
    t.env["LD_LIBRARY_PATH"] = "/a;/nowhere:/odd;name:/b"
    t.expect("liba.so", "/b/liba.so", "library-path")
    t.expect("libb.so", "/odd;name/libb.so", "library-path")
