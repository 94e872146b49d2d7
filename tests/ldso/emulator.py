"""How 32-bit x86 programs are started here: by the kernel, or where it runs none (CONFIG_IA32_EMULATION off, or a hypervisor
that lacks the mode), by qemu-user, which starts the same loader."""
import functools
import shutil
import subprocess

LOADER = "/lib/ld-linux.so.2"


@functools.cache
def of_32_bit():
    """What goes ahead of such a command: nothing, or the path of a static qemu."""
    try:
        subprocess.run([LOADER, "--version"], capture_output=True, check=True)
        return []
    except OSError:
        emulator = shutil.which("qemu-i386-static")
        if emulator is None:
            raise RuntimeError("this kernel runs no 32-bit programs, and the package qemu-user-static is not installed") from None
        return [emulator]
