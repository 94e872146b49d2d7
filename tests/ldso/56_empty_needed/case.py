RULE = "an empty DT_NEEDED is the program itself"


def build(t):
    t.use_glibc()
    t.program("/app/p", needs=["libplaceholder_to_be_emptied.so"])
    t.set_needed("/app/p", "libplaceholder_to_be_emptied.so", "")
    t.expect("", "/app/p", "already-loaded")
