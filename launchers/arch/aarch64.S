// The entry point and the way out, for aarch64.
//
// The launcher runs on a stack of its own, as on x86_64.

        .text
        .globl  _start
        .hidden _start
        .type   _start, %function
_start: mov     x29, #0
        mov     x30, #0
        mov     x0, sp
        adrp    x1, launcher_stack + 16384
        add     x1, x1, :lo12:launcher_stack + 16384
        mov     sp, x1
        bl      launcher_main
        brk     #0
        .size   _start, . - _start

// launcher.ld puts this section into the first page, which stays.
        .section leave, "ax", %progbits
// Registers are zero at the end, as the kernel leaves them, but for x16: a branch through it may land on a `bti c`.
// leave_launcher(entry, stack, from, size): unmaps the range and starts `entry` on `stack`.
        .globl  leave_launcher
        .hidden leave_launcher
        .type   leave_launcher, %function
leave_launcher:
        mov     x16, x0
        mov     sp, x1
        mov     x0, x2
        mov     x1, x3
        mov     x8, #215
        svc     #0
        mov     x0, #0
        mov     x1, #0
        mov     x2, #0
        mov     x3, #0
        mov     x4, #0
        mov     x5, #0
        mov     x8, #0
        mov     x29, #0
        mov     x30, #0
        br      x16
        .size   leave_launcher, . - leave_launcher

// The loader comes here in place of the program's entry when something has to be put back first (process.h).
        .globl  resume_program
        .hidden resume_program
        .type   resume_program, %function
resume_program:
        bti     c
        mov     x19, x0
        mov     x0, sp
        bl      put_back
        mov     x16, x0
        mov     x0, x19
        br      x16
        .size   resume_program, . - resume_program

        .section .note.GNU-stack, "", %progbits
