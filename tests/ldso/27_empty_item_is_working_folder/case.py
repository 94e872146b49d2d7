RULE = "an empty item of a run path or of LD_LIBRARY_PATH is the working folder"


def build(t):
    t.use_glibc()
    t.lib("/here/liba.so", needs=["libb.so"], runpath="/none:")
    t.lib("/here/libb.so")
    t.program("/app/p", needs=["liba.so"])
    t.cwd = "/here"
    t.env["LD_LIBRARY_PATH"] = "/none::/none2"
    t.expect("liba.so", "/here/liba.so", "library-path")
