/**
 * `bool __atomic_compare_exchange(size_t size, void *object, void *expected, void *desired, int success, int failure)`
 * of GCC's "Atomic library" document, in machine code that works wherever it is put: for 1, 2, 4, 8 and 16 bytes that
 * are aligned as the processor wants them, always as the strongest order. Other sizes, which take a lock there,
 * end the process: nothing in the runtime asks for them. Each line is the bytes and what the assembler makes them of.
 */

const x64 = `
f3 0f 1e fa    |     endbr64
48 83 ff 08    |     cmp $8,%rdi
74 3b          |     je 8f
48 83 ff 04    |     cmp $4,%rdi
74 47          |     je 4f
48 83 ff 02    |     cmp $2,%rdi
74 4f          |     je 2f
48 83 ff 01    |     cmp $1,%rdi
74 5b          |     je 1f
48 83 ff 10    |     cmp $16,%rdi
75 6c          |     jne 9f
53             |     push %rbx
48 89 d7       |     mov %rdx,%rdi
48 8b 07       |     mov (%rdi),%rax
48 8b 57 08    |     mov 8(%rdi),%rdx
48 8b 19       |     mov (%rcx),%rbx
48 8b 49 08    |     mov 8(%rcx),%rcx
f0 48 0f c7 0e |     lock cmpxchg16b (%rsi)
5b             |     pop %rbx
74 4c          |     je 7f
48 89 07       |     mov %rax,(%rdi)
48 89 57 08    |     mov %rdx,8(%rdi)
eb 40          |     jmp 6f
48 8b 02       | 8:  mov (%rdx),%rax
48 8b 09       |     mov (%rcx),%rcx
f0 48 0f b1 0e |     lock cmpxchg %rcx,(%rsi)
74 36          |     je 7f
48 89 02       |     mov %rax,(%rdx)
eb 2e          |     jmp 6f
8b 02          | 4:  mov (%rdx),%eax
8b 09          |     mov (%rcx),%ecx
f0 0f b1 0e    |     lock cmpxchg %ecx,(%rsi)
74 27          |     je 7f
89 02          |     mov %eax,(%rdx)
eb 20          |     jmp 6f
0f b7 02       | 2:  movzwl (%rdx),%eax
0f b7 09       |     movzwl (%rcx),%ecx
66 f0 0f b1 0e |     lock cmpxchg %cx,(%rsi)
74 16          |     je 7f
66 89 02       |     mov %ax,(%rdx)
eb 0e          |     jmp 6f
0f b6 02       | 1:  movzbl (%rdx),%eax
0f b6 09       |     movzbl (%rcx),%ecx
f0 0f b0 0e    |     lock cmpxchg %cl,(%rsi)
74 05          |     je 7f
88 02          |     mov %al,(%rdx)
31 c0          | 6:  xor %eax,%eax
c3             |     ret
b8 01 00 00 00 | 7:  mov $1,%eax
c3             |     ret
0f 0b          | 9:  ud2
`;

const arm64 = `
5f 24 03 d5    |     hint #34
1f 20 00 f1    |     cmp x0, #8
c0 02 00 54    |     b.eq 8f
1f 10 00 f1    |     cmp x0, #4
c0 03 00 54    |     b.eq 4f
1f 08 00 f1    |     cmp x0, #2
c0 04 00 54    |     b.eq 2f
1f 04 00 f1    |     cmp x0, #1
c0 05 00 54    |     b.eq 1f
1f 40 00 f1    |     cmp x0, #16
41 07 00 54    |     b.ne 9f
44 14 40 a9    |     ldp x4, x5, [x2]
66 1c 40 a9    |     ldp x6, x7, [x3]
28 a4 7f c8    | 16: ldaxp x8, x9, [x1]
1f 01 04 eb    |     cmp x8, x4
20 01 45 fa    |     ccmp x9, x5, #0, eq
81 00 00 54    |     b.ne 17f
26 9c 2a c8    |     stlxp w10, x6, x7, [x1]
6a ff ff 35    |     cbnz w10, 16b
2f 00 00 14    |     b 7f
28 a4 2a c8    | 17: stlxp w10, x8, x9, [x1]
0a ff ff 35    |     cbnz w10, 16b
48 24 00 a9    |     stp x8, x9, [x2]
29 00 00 14    |     b 6f
44 00 40 f9    | 8:  ldr x4, [x2]
66 00 40 f9    |     ldr x6, [x3]
28 fc 5f c8    | 18: ldaxr x8, [x1]
1f 01 04 eb    |     cmp x8, x4
81 00 00 54    |     b.ne 19f
26 fc 0a c8    |     stlxr w10, x6, [x1]
8a ff ff 35    |     cbnz w10, 18b
23 00 00 14    |     b 7f
48 00 00 f9    | 19: str x8, [x2]
1e 00 00 14    |     b 5f
44 00 40 b9    | 4:  ldr w4, [x2]
66 00 40 b9    |     ldr w6, [x3]
28 fc 5f 88    | 14: ldaxr w8, [x1]
1f 01 04 6b    |     cmp w8, w4
81 00 00 54    |     b.ne 15f
26 fc 0a 88    |     stlxr w10, w6, [x1]
8a ff ff 35    |     cbnz w10, 14b
19 00 00 14    |     b 7f
48 00 00 b9    | 15: str w8, [x2]
14 00 00 14    |     b 5f
44 00 40 79    | 2:  ldrh w4, [x2]
66 00 40 79    |     ldrh w6, [x3]
28 fc 5f 48    | 12: ldaxrh w8, [x1]
1f 01 04 6b    |     cmp w8, w4
81 00 00 54    |     b.ne 13f
26 fc 0a 48    |     stlxrh w10, w6, [x1]
8a ff ff 35    |     cbnz w10, 12b
0f 00 00 14    |     b 7f
48 00 00 79    | 13: strh w8, [x2]
0a 00 00 14    |     b 5f
44 00 40 39    | 1:  ldrb w4, [x2]
66 00 40 39    |     ldrb w6, [x3]
28 fc 5f 08    | 10: ldaxrb w8, [x1]
1f 01 04 6b    |     cmp w8, w4
81 00 00 54    |     b.ne 11f
26 fc 0a 08    |     stlxrb w10, w6, [x1]
8a ff ff 35    |     cbnz w10, 10b
05 00 00 14    |     b 7f
48 00 00 39    | 11: strb w8, [x2]
5f 3f 03 d5    | 5:  clrex
00 00 80 52    | 6:  mov w0, #0
c0 03 5f d6    |     ret
20 00 80 52    | 7:  mov w0, #1
c0 03 5f d6    |     ret
00 00 00 00    | 9:  udf #0
`;

/** By ELF's e_machine: EM_X86_64 and EM_AARCH64. */
export const compareExchange: ReadonlyMap<number, Routine> = new Map([
  [62, routine(x64)],
  [183, routine(arm64)],
]);

export interface Routine {
  readonly code: Buffer;
  /** What the GNU assembler makes `code` of. */
  readonly assembly: string;
}

function routine(listing: string): Routine {
  const rows = listing
    .trim()
    .split("\n")
    .map((row) => row.split("|"));
  return {
    code: Buffer.from(rows.map(([bytes = ""]) => bytes.replaceAll(" ", "")).join(""), "hex"),
    assembly: rows.map(([, instruction = ""]) => `${instruction.trim()}\n`).join(""),
  };
}
