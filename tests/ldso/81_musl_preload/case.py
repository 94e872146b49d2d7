RULE = "musl: LD_PRELOAD is loaded first; the program's run path does not serve it"


def build(t):
    t.use_musl()
    t.lib("/a/liba.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.env["LD_PRELOAD"] = "liba.so"
    t.expect("liba.so", "/usr/lib/liba.so", "already-loaded")
