RULE = "musl: empty items are nothing"


def build(t):
    t.use_musl()
    t.lib("/here/liba.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath=":/none:")
    t.cwd = "/here"
    t.env["LD_LIBRARY_PATH"] = "::"
    t.expect("liba.so", "/usr/lib/liba.so", "default")
