RULE = "$PLATFORM is the kind of processor, as the loader names it"


def build(t):
    t.use_glibc()
    for platform in ("x86_64", "haswell", "xeon_phi"):
        t.lib(f"/opt/{platform}/liba.so")
    t.program("/app/p", needs=["liba.so"], runpath="/opt/$PLATFORM")
    t.traced = True
    # Here the processor at hand counts; a sysroot is of a machine that is not known, and the plainest is taken.
    t.in_sysroot = {f"/opt/{platform}/liba.so": "/opt/x86_64/liba.so" for platform in ("haswell", "xeon_phi")}
