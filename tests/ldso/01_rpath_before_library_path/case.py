RULE = "DT_RPATH is searched before LD_LIBRARY_PATH"


def build(t):
    t.use_glibc()
    t.lib("/rpath/liba.so")
    t.lib("/env/liba.so")
    t.program("/app/p", needs=["liba.so"], rpath="/rpath")
    t.env["LD_LIBRARY_PATH"] = "/env"
    t.expect("liba.so", "/rpath/liba.so", "rpath")
