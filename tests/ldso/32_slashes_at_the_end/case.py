RULE = "slashes at the end of a folder do not show in the path, others do"


def build(t):
    t.use_glibc()
    t.lib("/a/b/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/a//b///")
    t.expect("liba.so", "/a//b/liba.so", "runpath")
