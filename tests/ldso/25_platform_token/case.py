RULE = "$PLATFORM is the kind of processor, as the loader names it"


def build(t):
    t.use_glibc()
    for platform in ("x86_64", "haswell", "xeon_phi"):
        t.lib(f"/opt/{platform}/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/opt/$PLATFORM")
    t.traced = True
    # In a sysroot the plainest processor counts; here the one at hand.
