import { NotFound } from "../../core/errors.ts";
import { bundleText, envelopesIn } from "../../core/statement/bundle.ts";
import { readEnvelope } from "../../core/statement/envelope.ts";
import { openBakery } from "../bakery.ts";
import { printDocument, printJson, tameJson } from "../output.ts";
import { keptStatements } from "../proofs.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  decode?: boolean;
  state?: string;
}

/**
 * Prints an image's signed statements as they are kept, an envelope a line, or what is in them:
 * decoded, not verified.
 */
export const statement = async ([idOrName = ""]: string[], options: Options): Promise<void> => {
  const stateDir = stateDirOf(options.state);
  const image = await openBakery(stateDir).find(idOrName);
  const { text } = await keptStatements(stateDir, image);
  if (text === undefined) {
    throw new NotFound(`${image.imageId} has no statement: it was published without; bake it anew`);
  }
  const envelopes = envelopesIn(text).map(readEnvelope);
  if (options.decode !== true) {
    return printDocument(tameJson(bundleText(envelopes)).trimEnd());
  }
  for (const { payload } of envelopes) {
    printJson(JSON.parse(Buffer.from(payload, "base64").toString("utf8")));
  }
};
