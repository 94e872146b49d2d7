RULE = "LD_LIBRARY_PATH may be separated by semicolons, a run path may not"


def build(t):
    t.use_glibc()
    t.lib("/b/liba.so")
    t.lib("/c;d/libb.so")
    t.program("/app/p", needs=["liba.so", "libb.so"], runpath="/c;d")
    t.env["LD_LIBRARY_PATH"] = "/a;/b"
    t.expect("liba.so", "/b/liba.so", "library-path")
    t.expect("libb.so", "/c;d/libb.so", "runpath")
