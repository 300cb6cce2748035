/*
 * The smallest guest that shows whether an accelerator runs guests at all:
 * a firmware image that goes from the reset vector through protected mode to
 * long mode, measures the time-stamp counter against the PIT, writes the
 * result to the debug console and ends QEMU through isa-debug-exit.
 *
 * Written to the debug console three times, little endian: "TSKP", u32 PIT ticks, u64 TSC
 * ticks in that time. See probe-payload.ts.
 *
 * Addresses: the image is mapped at 0xf0000; this code is linked there.
 */
    .set DEBUG_CONSOLE, 0xe9
    .set DEBUG_EXIT, 0x501
    .set PIT_COUNTER0, 0x40
    .set PIT_COMMAND, 0x43
    .set EFER, 0xc0000080
    .set PML4, 0x10000
    .set PDPT, 0x11000
    .set PAGE_DIRECTORY, 0x12000
    .set STACK_TOP, 0x9000
    .set WINDOW_TICKS, 60000        /* 50 ms of the PIT's 1193182 Hz */
    .set SAMPLES, 16
    .set WINDOWS, 3
    .set LOOPS, 5000000

    .code16
    .globl start
start:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl gdt_pointer - 0xf0000
    movl %cr0, %eax
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $8, $protected_mode

    .code32
protected_mode:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $STACK_TOP, %esp

    /* Identity map of the first 2 MiB by one large page. */
    movl $PML4, %edi
    xorl %eax, %eax
    movl $0x3000 / 4, %ecx
    rep stosl
    movl $PDPT + 3, PML4
    movl $PAGE_DIRECTORY + 3, PDPT
    movl $0x83, PAGE_DIRECTORY

    movl $0x20, %eax                /* PAE */
    movl %eax, %cr4
    movl $PML4, %eax
    movl %eax, %cr3
    movl $EFER, %ecx
    rdmsr
    orl $0x100, %eax                /* LME */
    wrmsr
    movl %cr0, %eax
    orl $0x80000000, %eax           /* PG */
    movl %eax, %cr0
    ljmpl $24, $long_mode

    .code64
long_mode:
    xorl %eax, %eax
    cpuid

    /* Counter 0, low then high byte, mode 2, from 65536 down. */
    movb $0x34, %al
    outb %al, $PIT_COMMAND
    xorl %eax, %eax
    outb %al, $PIT_COUNTER0
    outb %al, $PIT_COUNTER0

    /* Takes a moment where code runs, and seconds where it is interpreted. */
    movl $LOOPS, %ecx
1:  loop 1b

    movl $WINDOWS, %edi
2:  call sample
    movq %r8, %r12                  /* TSC at the start */
    movl %r9d, %r13d                /* the last count seen */
    xorl %ebp, %ebp                 /* ticks counted, over any number of wraps */
3:  call read_counter
    call advance
    cmpl $WINDOW_TICKS, %ebp
    jb 3b
    call sample
    movl %r9d, %eax
    call advance
    subq %r12, %r8

    subq $16, %rsp
    movl $0x504b5354, (%rsp)        /* "TSKP" */
    movl %ebp, 4(%rsp)
    movq %r8, 8(%rsp)
    movq %rsp, %rsi
    movl $16, %ecx
    movw $DEBUG_CONSOLE, %dx
    rep outsb
    addq $16, %rsp
    decl %edi
    jnz 2b

    movw $DEBUG_EXIT, %dx
    movb $0x10, %al
    outb %al, %dx
4:  hlt
    jmp 4b

/* eax = the current count, 16 bits. */
read_counter:
    xorl %eax, %eax
    outb %al, $PIT_COMMAND          /* latch counter 0 */
    inb $PIT_COUNTER0, %al
    movb %al, %bl
    inb $PIT_COUNTER0, %al
    movb %al, %ah
    movb %bl, %al
    ret

/* Adds the ticks from the count r13 down to the count eax to ebp; r13 = eax. */
advance:
    subw %ax, %r13w
    movzwl %r13w, %edx
    addl %edx, %ebp
    movl %eax, %r13d
    ret

/* r8 = TSC, r9 = count, read together: of some tries the one that took the least time. */
sample:
    movq $-1, %r10
    movl $SAMPLES, %r11d
1:  rdtsc
    shlq $32, %rdx
    orq %rdx, %rax
    movq %rax, %r14
    call read_counter
    movl %eax, %r15d
    rdtsc
    shlq $32, %rdx
    orq %rdx, %rax
    subq %r14, %rax
    cmpq %r10, %rax
    jae 2f
    movq %rax, %r10
    shrq $1, %rax
    addq %r14, %rax
    movq %rax, %r8
    movl %r15d, %r9d
2:  decl %r11d
    jnz 1b
    ret

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff        /* 8: 32-bit code */
    .quad 0x00cf93000000ffff        /* 16: data */
    .quad 0x00af9b000000ffff        /* 24: 64-bit code */
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .long gdt
