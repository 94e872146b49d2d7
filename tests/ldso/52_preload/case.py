RULE = "LD_PRELOAD is loaded first, and its name counts as loaded"


def build(t):
    t.use_glibc()
    t.lib("/pre/liba.so", needs=["libb.so"], runpath="/pre")
    t.lib("/pre/libb.so")
    t.lib("/a/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a")
    t.env["LD_PRELOAD"] = "/pre/liba.so"
    t.expect("liba.so", "/pre/liba.so", "already-loaded")
