RULE = "an empty item of DT_RUNPATH is the working folder"


def build(t):
    t.use_glibc()
    t.lib("/here/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/none::/none2")
    t.cwd = "/here"
    t.expect("liba.so", "/here/liba.so", "runpath")
