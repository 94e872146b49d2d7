RULE = "a relative folder starts at the working folder"


def build(t):
    t.use_glibc()
    t.lib("/here/lib/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="lib")
    t.cwd = "/here"
    t.expect("liba.so", "/here/lib/liba.so", "runpath")
