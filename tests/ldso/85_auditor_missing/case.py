RULE = "a DT_AUDIT that is not found is passed over with a word"


def build(t):
    t.use_glibc()
    t.program("/app/p", audit=["libauditor.so"])
    t.expect("libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6", None)
    t.expect_said("libauditor.so")
