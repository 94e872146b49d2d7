RULE = "tokens count in a DT_NEEDED with a slash"


def build(t):
    t.use_glibc()
    t.lib("/app/lib/liba.so")
    t.program("/app/p", needs=["$ORIGIN/lib/liba.so"])
    t.expect("$ORIGIN/lib/liba.so", "/app/lib/liba.so", "path")
