RULE = "musl: a file that is loaded under another path is not loaded again"


def build(t):
    t.use_musl()
    t.lib("/real/liba.so")
    t.link("/real/liba.so", "/usr/lib/libb.so")
    t.program("/app/p", needs=["/real/liba.so", "libb.so"])
    t.expect("libb.so", "/real/liba.so", "default")
