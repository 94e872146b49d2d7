RULE = "a library without any versions where some are required is a warning only"


def build(t):
    t.use_glibc()
    function = "int f(void) { return 1; }\n"
    versioned = t.c_lib(t.work + "/libv.so", function, "libv.so", versions="V_1 { global: f; };\n")
    t.c_lib(t.at("/a/libv.so"), function, "libv.so")
    t.c_lib(t.at("/a/libu.so"), "int f(void); int g(void) { return f(); }\n", "libu.so", versioned)
    t.program("/app/p", needs=["libu.so"], rpath="/a")
    t.expect_said('"fatal": false')
