RULE = "musl: a loader in /opt/m/lib reads /opt/m/etc/ld-musl-ARCH.path"


def build(t):
    t.use_musl(loader="/opt/m/lib/ld-musl-x86_64.so.1")
    t.file("/opt/m/etc/ld-musl-x86_64.path", "/one\n")
    t.lib("/one/liba.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so"])
    t.expect("liba.so", "/one/liba.so", "default")
