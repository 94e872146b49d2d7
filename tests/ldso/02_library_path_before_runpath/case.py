RULE = "LD_LIBRARY_PATH is searched before DT_RUNPATH"


def build(t):
    t.use_glibc()
    t.lib("/runpath/liba.so")
    t.lib("/env/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/runpath")
    t.env["LD_LIBRARY_PATH"] = "/env"
    t.expect("liba.so", "/env/liba.so", "library-path")
