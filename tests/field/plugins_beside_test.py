#!/usr/bin/env python3
"""Hosts in Rust and in C that load what lies in the folder plugins/ beside them, or in a folder that they are told: --plugins with
a relative folder, as who made the host types it."""

from pathlib import Path

from field import ELSEWHERE, PREFIX, FieldCase, in_root, main

HOST = r"""
use std::ffi::{CString, OsStr};
use std::os::raw::{c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

fn folder() -> PathBuf {
    match std::env::args_os().nth(1) {
        Some(named) => PathBuf::from(named),
        None => std::env::current_exe().unwrap().parent().unwrap().join("plugins"),
    }
}

fn answer(path: &Path) -> i32 {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    let name = CString::new("answer").unwrap();
    unsafe {
        let handle = dlopen(path.as_ptr(), 2);
        assert!(!handle.is_null(), "dlopen {:?}", path);
        let symbol = dlsym(handle, name.as_ptr());
        assert!(!symbol.is_null(), "dlsym");
        let answer: extern "C" fn(i32) -> i32 = std::mem::transmute(symbol);
        answer(20)
    }
}

fn main() {
    let mut paths: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("so"))).collect();
    paths.sort();
    for path in paths {
        println!("{} {}", path.file_name().unwrap().to_string_lossy(), answer(&path));
    }
}
"""
PLUGIN = """
#[no_mangle]
pub extern "C" fn answer(number: i32) -> i32 { (0..2).map(|_| number).collect::<Vec<i32>>().iter().sum::<i32>() + NUMBER }
"""
# dlmopen: each plugin in a namespace of its own, with a library of one name that counts by itself.
RUNNER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  char path[4096] = "";
  for (int i = 1; i <= 2; ++i) {
    path[readlink("/proc/self/exe", path, sizeof path - 30)] = '\0';
    sprintf(strrchr(path, '/'), "/plugins/lib%d.so", i);
    void* plugin = dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
    if (plugin == NULL) { puts(dlerror()); return 1; }
    int (*count)(void) = (int (*)(void))dlsym(plugin, "count");
    count();
    printf("%d\n", count());
  }
  return 0;
}
"""
COUNTER = "int counted = START; int counter(void) { return ++counted; }"
COUNTS = "int counter(void); int count(void) { return counter(); }"
LIBRARY = ("-shared", "-fPIC")


class PluginsBeside(FieldCase):
    def rust(self, name, text, *flags):
        """By the distribution's compiler, the standard library in the file itself as cargo has it."""
        source = self.scratch / f"{Path(name).stem}.rs"
        source.write_text(text)
        out = self.scratch / name
        out.parent.mkdir(parents=True, exist_ok=True)
        self.tool("/usr/bin/rustc", "--edition", "2021", *flags, "-o", out, source)

    def bundled(self, *arguments, cwd=None):
        layer = self.scratch / "layer"
        self.printed = self.made(*arguments, "-o", f"{layer}/", cwd=cwd or self.scratch / "app").text
        for path in layer.rglob("*"):
            self.assertNotIn(self.scratch.name, str(path.relative_to(layer)), "the builder's own path stays out")
        return layer

    def test_rust(self):
        self.rust("app/host", HOST)
        for number, name in enumerate(("one", "two"), 1):
            self.rust(f"app/plugins/lib{name}.so", PLUGIN.replace("NUMBER", str(number)), "--crate-type", "cdylib")
        want = b"libone.so 41\nlibtwo.so 42"
        layer = self.bundled("./host", "--plugins", "plugins")
        self.works(layer, "host", want)
        folder = next(layer.rglob("plugins")).relative_to(layer)
        for at in (PREFIX, ELSEWHERE):
            there = in_root([f"{at}/bin/host", f"{at}/{folder}"], layer, at=at)
            self.assertEqual((there.status, there.out.strip()), (0, want), there)

    def test_rust_from_another_folder(self):
        """`bundle target/release/host --plugins target/release/plugins`"""
        self.rust("app/target/release/host", HOST)
        self.rust("app/target/release/plugins/libone.so", PLUGIN.replace("NUMBER", "1"), "--crate-type", "cdylib")
        layer = self.bundled("target/release/host", "--plugins", "./target/../target/release/plugins/")
        self.works(layer, "host", b"libone.so 41")

    def test_namespaces(self):
        for number in (1, 2):
            counter = self.compiled(f"own/{number}/libcounter.so", COUNTER, *LIBRARY, f"-DSTART={number}0")
            self.compiled(f"app/plugins/lib{number}.so", COUNTS, *LIBRARY, f"-L{counter.parent}", "-lcounter",
                          f"-Wl,-rpath,{counter.parent}")
        self.compiled("app/runner", RUNNER)
        self.works(self.bundled("./runner", "--plugins", "plugins"), "runner", b"12\n22")


if __name__ == "__main__":
    main()
