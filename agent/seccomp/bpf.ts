/** One instruction of classic BPF: `struct sock_filter` of linux/filter.h. */
export interface Instruction {
  code: number;
  /** How many instructions are skipped when a comparison holds, and when it does not. */
  jt: number;
  jf: number;
  k: number;
}

/** Offsets in `struct seccomp_data` of linux/seccomp.h; arguments are 64 bits, low half first. */
export const field = {
  number: 0,
  architecture: 4,
  argument: (index: number) => 16 + 8 * index,
  argumentHigh: (index: number) => 20 + 8 * index,
};

/** `SECCOMP_RET_ALLOW`, and `SECCOMP_RET_ERRNO` with the number that the program gets to see. */
export const allow = 0x7fff0000;
export const errno = (number: number): number => 0x00050000 + number;

const instruction = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });

/* BPF_LD|BPF_W|BPF_ABS, BPF_RET|BPF_K, BPF_JMP with BPF_JA, BPF_JEQ, BPF_JGE and BPF_JSET */
export const load = (offset: number) => instruction(0x20, offset);
export const answer = (action: number) => instruction(0x06, action);
export const skip = (count: number) => instruction(0x05, count);
export const skipIf = (value: number, count: number) => instruction(0x15, value, count);
export const skipUnless = (value: number, count: number) => instruction(0x15, value, 0, count);
export const skipBelow = (value: number, count: number) => instruction(0x35, value, 0, count);
export const skipUnlessAny = (bits: number, count: number) => instruction(0x45, bits, 0, count);

/** Bytes as the kernel reads them on the little-endian machines that we know. */
export const encode = (program: readonly Instruction[]): Buffer => {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jt, index * 8 + 2);
    bytes.writeUInt8(jf, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
};
