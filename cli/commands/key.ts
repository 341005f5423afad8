import { openKey } from "../proofs.ts";
import { print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Prints the public half of the key that signs statements here, for those who verify elsewhere. */
export const key = async (_operands: string[], options: Options): Promise<void> => {
  const { keyId, pem } = await openKey(stateDirOf(options.state));
  if (options.json) printJson({ keyId, pem });
  else print(pem.trimEnd());
};
