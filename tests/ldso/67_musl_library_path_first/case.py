RULE = "musl: LD_LIBRARY_PATH comes before every run path"


def build(t):
    t.use_musl()
    t.lib("/rpath/liba.so")
    t.lib("/env/liba.so")
    t.program("/app/p", needs=["liba.so"], rpath="/rpath")
    t.env["LD_LIBRARY_PATH"] = "/env"
    t.expect("liba.so", "/env/liba.so", "library-path")
