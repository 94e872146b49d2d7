RULE = "musl: /etc/ld-musl-ARCH.path replaces the default folders, newlines and colons between"


def build(t):
    t.use_musl(path_file="/none:/one\n/two\n")
    t.lib("/one/liba.so")
    t.lib("/two/libb.so")
    t.lib("/usr/lib/liba.so")
    t.program("/app/p", needs=["liba.so", "libb.so"])
    t.expect("liba.so", "/one/liba.so", "default")
    t.expect("libb.so", "/two/libb.so", "default")
