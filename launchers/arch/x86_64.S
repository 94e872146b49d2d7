// The entry point and the way out, for x86_64.
//
// The launcher runs on a stack of its own: the process's stack stays as the kernel made it, below the initial stack
// pointer too, so that the block there can be moved.

        .text
        .globl  _start
        .hidden _start
        .type   _start, @function
_start: xorl    %ebp, %ebp
        movq    %rsp, %rdi
        leaq    launcher_stack+16384(%rip), %rsp
        call    launcher_main
        ud2
        .size   _start, . - _start

// launcher.ld puts this section into the first page, which stays.
        .section leave, "ax", @progbits
// Registers are all zero at the end, as the kernel's ELF_PLAT_INIT leaves them: rdx, for one, would be taken for an
// exit function (psABI 3.4.1).
// leave_launcher(entry, stack, from, size): unmaps the range and starts `entry` on `stack`.
        .globl  leave_launcher
        .hidden leave_launcher
        .type   leave_launcher, @function
leave_launcher:
        movq    %rsi, %rsp
        movq    %rdi, -8(%rsp)
        movq    %rdx, %rdi
        movq    %rcx, %rsi
        movl    $11, %eax
        syscall
        xorl    %eax, %eax
        xorl    %ebx, %ebx
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xorl    %esi, %esi
        xorl    %edi, %edi
        xorl    %ebp, %ebp
        xorl    %r8d, %r8d
        xorl    %r9d, %r9d
        xorl    %r10d, %r10d
        xorl    %r11d, %r11d
        xorl    %r12d, %r12d
        xorl    %r13d, %r13d
        xorl    %r14d, %r14d
        xorl    %r15d, %r15d
        jmp     *-8(%rsp)
        .size   leave_launcher, . - leave_launcher

// The loader comes here in place of the program's entry when something has to be put back first (process.h).
        .globl  resume_program
        .hidden resume_program
        .type   resume_program, @function
resume_program:
        movq    %rsp, %rdi
        pushq   %rdx
        subq    $8, %rsp
        call    put_back
        addq    $8, %rsp
        popq    %rdx
        jmp     *%rax
        .size   resume_program, . - resume_program

        .section .note.GNU-stack, "", @progbits
