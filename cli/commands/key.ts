import { resolve } from "node:path";
import type { PublicKey } from "../../core/statement/signer.ts";
import { pathsIn } from "../../local/paths.ts";
import { replaceKey } from "../../local/signing-key.ts";
import { machineKeys } from "../proofs.ts";
import { note, printDocument, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  replace?: boolean;
  json?: boolean;
  state?: string;
}

/**
 * Prints the public half of the key that signs statements here, for those who verify elsewhere; has
 * another one sign from now on, if it is to be replaced.
 */
export const key = async (_operands: string[], options: Options): Promise<void> => {
  const stateDir = stateDirOf(options.state);
  if (options.replace === true) {
    await replaceKey(pathsIn(resolve(stateDir)));
    note("another key signs from now on; what the one before signed still holds here");
  }
  const [current, ...earlier] = (await machineKeys(stateDir)) as [PublicKey, ...PublicKey[]];
  if (options.json) printJson({ ...current, earlier });
  else printDocument(current.pem.trimEnd());
};
