RULE = "versions of a library whose SONAME holds a token: the loader knows it by what the token stands for, and fails"


def build(t):
    t.use_glibc()
    t.c_lib(t.at("/app/libv.so"), "int f(void) { return 1; }\n", "$ORIGIN/libv.so", versions="V_1 { global: f; };\n")
    t.c_lib(t.at("/app/libu.so"), "int f(void); int g(void) { return f(); }\n", "libu.so", t.at("/app/libv.so"))
    t.program("/app/p", needs=["libu.so"], rpath="/app")
    t.refused = True
    t.expect("$ORIGIN/libv.so", "/app/libv.so")
    t.expect_said("/app/libu.so needs version V_1 of $ORIGIN/libv.so")
