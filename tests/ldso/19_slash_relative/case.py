RULE = "a relative DT_NEEDED with a slash starts at the working folder"


def build(t):
    t.use_glibc()
    t.lib("/here/sub/liba.so")
    t.lib("/here/x")
    t.program("/app/p", needs=["sub/liba.so", "../../x"])
    t.cwd = "/here"
    t.lib("/x")
    t.expect("../../x", "/here/../../x", "path")
