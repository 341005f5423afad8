/*
 * Programs of nothing but system calls, for a system that has no compiler: static ELF files for
 * x86_64, of a few hundred bytes.
 */

/** Why such programs do not run here; empty when they do. For the titles of tests. */
export const noSystemCalls =
  process.arch === "x64" ? "" : ` (not run: its programs are for x86_64, this is ${process.arch})`;

/** A number, or memory: its address is then the argument. */
export type Argument = number | bigint | Buffer | string;

export interface Call {
  number: number;
  arguments?: readonly Argument[];
  /** By which door the kernel is entered: `int 0x80` takes the numbers of i386. */
  door?: "syscall" | "int80";
}

/** Where the program lies in memory, and where in it its code begins. */
const base = 0x400000;
const codeStart = 0x78;

/**
 * A program that makes the calls in turn. It ends with status 0 when all succeeded, else with the
 * error number of the first that failed. The first file it opens has descriptor 3.
 */
export const systemCalls = (calls: readonly Call[]): Buffer => {
  // the first pass tells how long the code is, the second knows where the data lies
  const { length } = assemble(calls, 0).code;
  const { code, data } = assemble(calls, base + codeStart + length);
  const size = codeStart + code.length + data.length;
  return Buffer.concat([elfHeader(), programHeader(size), code, data]);
};

const assemble = (calls: readonly Call[], dataStart: number) => {
  const data: Buffer[] = [];
  const address = (argument: Argument): bigint => {
    if (typeof argument === "number" || typeof argument === "bigint") return BigInt(argument);
    const at = dataStart + Buffer.concat(data).length;
    data.push(typeof argument === "string" ? Buffer.from(`${argument}\0`) : argument);
    return BigInt(at);
  };
  const parts = calls.map((call) => callCode(call, (call.arguments ?? []).map(address)));
  let rest = parts.reduce((sum, part) => sum + part.length + failJump, exit.length);
  const code = parts.flatMap((part) => {
    rest -= part.length + failJump;
    // test rax, rax; js to the code after all this
    return [part, Buffer.from([0x48, 0x85, 0xc0, 0x0f, 0x88]), int32(rest)];
  });
  return { code: Buffer.concat([...code, exit, fail]), data: Buffer.concat(data) };
};

const failJump = 9;
/** xor edi, edi; mov eax, 60; syscall */
const exit = Buffer.from("31ffb83c0000000f05", "hex");
/** neg rax; mov rdi, rax; mov eax, 60; syscall */
const fail = Buffer.from("48f7d84889c7b83c0000000f05", "hex");

/** mov of 64 bits into rax and the registers of each door's arguments */
const moves = {
  syscall: ["48b8", "48bf", "48be", "48ba", "49ba", "49b8", "49b9"],
  int80: ["48b8", "48bb", "48b9", "48ba", "48be", "48bf", "48bd"],
};
const doors = { syscall: "0f05", int80: "cd80" };

const callCode = ({ number, door = "syscall" }: Call, values: readonly bigint[]): Buffer => {
  const loads = [BigInt(number), ...values].flatMap((value, index) => [
    Buffer.from(moves[door][index] ?? "", "hex"),
    int64(value),
  ]);
  // int 0x80 leaves 32 bits: movsxd rax, eax
  const widen = door === "int80" ? "4863c0" : "";
  return Buffer.concat([...loads, Buffer.from(doors[door] + widen, "hex")]);
};

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

export const int64 = (value: bigint | number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
};

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: x86_64, one program header */
const elfHeader = () =>
  Buffer.concat([
    Buffer.from("7f454c4602010100000000000000000002003e0001000000", "hex"),
    ...[int64(base + codeStart), int64(0x40), int64(0)],
    Buffer.from("00000000400038000100000000000000", "hex"),
  ]);

/** All of the file, to be read, written and run. */
const programHeader = (size: number) =>
  Buffer.concat([
    Buffer.from("0100000007000000", "hex"),
    ...[int64(0), int64(base), int64(base), int64(size), int64(size), int64(0x1000)],
  ]);

/** `struct sockaddr_in` and `struct sockaddr_in6`, of an address in bytes. */
export const socketAddress = (address: readonly number[], port: number): Buffer => {
  const bytes = Buffer.alloc(address.length === 4 ? 16 : 28);
  bytes.writeUInt16LE(address.length === 4 ? 2 : 10, 0);
  bytes.writeUInt16BE(port, 2);
  Buffer.from(address).copy(bytes, address.length === 4 ? 4 : 8);
  return bytes;
};
