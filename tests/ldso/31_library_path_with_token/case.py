RULE = "tokens count in LD_LIBRARY_PATH, and are the program's"


def build(t):
    t.use_glibc()
    t.lib("/app/lib/liba.so")
    t.program("/app/p", needs=["liba.so"])
    t.env["LD_LIBRARY_PATH"] = "$ORIGIN/lib"
    t.expect("liba.so", "/app/lib/liba.so", "library-path")
