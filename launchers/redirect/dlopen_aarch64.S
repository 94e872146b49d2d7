// dlopen(path, flags): the path is exchanged for the one that is meant, then libc's dlopen is branched to with the link
// register as it was: it sees the caller's return address.
        .text
        .globl  dlopen
        .type   dlopen, @function
dlopen:
        .cfi_startproc
        hint    #34     // bti c
        stp     x29, x30, [sp, #-32]!
        .cfi_def_cfa_offset 32
        .cfi_offset 29, -32
        .cfi_offset 30, -24
        str     x1, [sp, #16]
        bl      redirect_dlopen_path
        ldr     x1, [sp, #16]
        ldp     x29, x30, [sp], #32
        .cfi_restore 29
        .cfi_restore 30
        .cfi_def_cfa_offset 0
        adrp    x16, redirect_real_dlopen
        ldr     x16, [x16, :lo12:redirect_real_dlopen]
        br      x16
        .cfi_endproc
        .size   dlopen, .-dlopen
        .hidden redirect_dlopen_path
        .hidden redirect_real_dlopen
        .section .note.GNU-stack, "", @progbits
