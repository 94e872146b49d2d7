RULE = "a name in LD_PRELOAD is searched for as if the program needed it"


def build(t):
    t.use_glibc()
    t.lib("/a/liba.so")
    t.program("/app/p", runpath="/a")
    t.env["LD_PRELOAD"] = "liba.so"
    t.expect("liba.so", "/a/liba.so", "preload")
