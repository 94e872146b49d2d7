RULE = "an LD_PRELOAD that is not there is no error, and said"


def build(t):
    t.use_glibc()
    t.program("/app/p")
    t.env["LD_PRELOAD"] = "/none/liba.so"
    t.expect_said("/none/liba.so")
