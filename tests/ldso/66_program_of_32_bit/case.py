RULE = "a 32-bit program has its own loader, folders and cache entries"


def build(t):
    t.install("/lib/ld-linux.so.2", "/lib/ld-linux.so.2")
    t.lib("/cached/liba.so", machine="i386")
    t.lib("/cached64/liba.so")
    t.ldconfig("/cached64", "/cached")
    t.lib("/usr/lib/libb.so", machine="i386")
    t.traced = True
    t.machine = "i386"
    t.program_path = "/app/p"
    t.run("ld", "-m", "elf_i386", "-o", t.at("/app/p"), "--dynamic-linker", "/lib/ld-linux.so.2", t.object("i386"),
          t.stub("liba.so", "i386"), t.stub("libb.so", "i386"), "-e", "0")
    t.expect("liba.so", "/cached/liba.so", "cache")
    t.expect("libb.so", "/usr/lib/libb.so", "default")
