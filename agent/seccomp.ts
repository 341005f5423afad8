import { NotReady } from "../core/errors.ts";
import {
  allow,
  answer,
  encode,
  field,
  type Instruction,
  load,
  skip,
  skipBelow,
  skipIf,
  skipUnless,
} from "./seccomp/bpf.ts";
import { foreign, rules } from "./seccomp/rules.ts";
import { type Abi, auditArchitecture, numberOf, x32Bit } from "./seccomp/system-calls.ts";

/** What programs of a machine may be made for, by Node's name of its processor. */
const abisOf: Partial<Record<NodeJS.Architecture, readonly Abi[]>> = {
  x64: ["x86_64", "i386"],
  arm64: ["arm64"],
};

/**
 * The system calls that steps may make, as a program of classic BPF: what bubblewrap's `--seccomp`
 * and seccomp(2) read. A list of what is denied, as steps run any program of any distribution.
 * Throws NotReady on a processor whose numbers are not known.
 */
export const seccompFilter = (processor: NodeJS.Architecture): Buffer => {
  const abis = abisOf[processor];
  if (abis === undefined) {
    throw new NotReady(`steps run on x86_64 and arm64 machines; this one is ${processor}`);
  }
  return encode([
    load(field.architecture),
    ...abis.flatMap((abi) => {
      const calls = callsOf(abi);
      return [skipIf(auditArchitecture[abi], 1), skip(calls.length), ...calls];
    }),
    answer(foreign),
  ]);
};

const callsOf = (abi: Abi): Instruction[] => [
  load(field.number),
  ...(abi === "x86_64" ? [skipBelow(x32Bit, 1), answer(foreign)] : []),
  ...rules.flatMap(({ call, does }) => {
    const number = numberOf(call, abi);
    return number === null ? [] : [skipUnless(number, does.length), ...does];
  }),
  answer(allow),
];
