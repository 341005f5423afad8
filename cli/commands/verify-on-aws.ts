import { amiNamed, openArchive, proveAmi } from "../aws/prove-ami.ts";
import { NotAsBaked } from "../errors.ts";
import type { Proofs } from "../hold-proofs.ts";
import { print, printJson } from "../output.ts";
import { readKeys } from "../read-keys.ts";
import { proofsTable } from "../verify-page.ts";

interface Options {
  key?: string[];
  stage?: string;
  json?: boolean;
}

/**
 * Says what is proven of an AMI by what its stage signed and keeps, and what EC2 says of it; its
 * disk is not read. Throws NotAsBaked when something is not what was signed, or nothing was.
 */
export const verifyOnAws = async ([operand = ""]: string[], options: Options): Promise<void> => {
  const keys = await readKeys(options.key);
  const archive = await openArchive(options.stage);
  const imageId = await amiNamed(archive, operand);
  const proofs = await proveAmi(archive, imageId, keys);
  if (options.json) printJson({ subject: imageId, proofs });
  else print(`${headline(imageId, proofs)}\n\n${proofsTable(proofs)}`);
  if (proofs.outcome !== "proven") throw new NotAsBaked(headline(imageId, proofs));
};

const headline = (imageId: string, { outcome }: Proofs): string => {
  switch (outcome) {
    case "proven":
      return `${imageId} is what was signed of it, as far as can be told without its disk`;
    case "unsigned":
      return `nothing was signed of ${imageId}`;
    case "broken":
      return `${imageId} is not what was signed of it`;
  }
};
