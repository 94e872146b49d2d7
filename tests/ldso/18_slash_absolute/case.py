RULE = "a DT_NEEDED with a slash is opened as it is, not searched for"


def build(t):
    t.use_glibc()
    t.lib("/odd/place/liba.so")
    t.lib("/env/liba.so")
    t.program("/app/p", needs=["/odd/place/liba.so"])
    t.env["LD_LIBRARY_PATH"] = "/env"
    t.expect("/odd/place/liba.so", "/odd/place/liba.so", "path")
