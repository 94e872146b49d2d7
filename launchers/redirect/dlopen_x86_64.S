// dlopen(path, flags): the path is exchanged for the one that is meant, then libc's dlopen is jumped to, with the stack
// as it was: it sees the caller's return address.
        .text
        .globl  dlopen
        .type   dlopen, @function
dlopen:
        .cfi_startproc
        endbr64
        pushq   %rsi
        .cfi_adjust_cfa_offset 8
        call    redirect_dlopen_path
        popq    %rsi
        .cfi_adjust_cfa_offset -8
        movq    %rax, %rdi
        movq    redirect_real_dlopen(%rip), %rax
        jmp     *%rax
        .cfi_endproc
        .size   dlopen, .-dlopen
        .hidden redirect_dlopen_path
        .hidden redirect_real_dlopen
        .section .note.GNU-stack, "", @progbits
