import { StatementBroken } from "../core/errors.ts";
import type { ImageProof } from "../core/statement/prove-image.ts";
import type { SubjectKind } from "../core/statement/subjects.ts";
import { bad, open, type Sentence, sentencesOf } from "./proof-sentences.ts";

/** What is proven of an image by what was signed of it. */
export interface Proofs {
  outcome: "proven" | "unsigned" | "broken";
  /** Absent unless it is proven. */
  keyId?: string | undefined;
  statements: { predicateType: string; keyId: string }[];
  sentences: Sentence[];
}

/** What is known of an image beside its statements: `sha256:` and 64 digits each. */
export interface Seen extends Partial<Record<SubjectKind, string>> {
  /** Of the file tree, as the inventory has it. */
  recorded?: string | undefined;
  /** Of reports that are kept, by their names. */
  reports?: Record<string, string>;
  /** Of the inventory that the verdict says it is of. */
  judged?: string | undefined;
}

/** What proves it, if anything was signed; and what is seen of the image. */
export interface Evidence {
  proof: ImageProof | undefined;
  seen: Seen;
  /** What else is known of it. */
  more?: readonly Sentence[];
}

/** Nothing is thrown for what is broken: the sentences say it. */
export const holdProofs = async (gather: () => Promise<Evidence>): Promise<Proofs> => {
  try {
    const { proof, seen, more = [] } = await gather();
    const sentences = [...(proof === undefined ? [unsigned] : sentencesOf(proof, seen)), ...more];
    const isBroken = sentences.some((one) => one.isBroken);
    return {
      outcome: isBroken ? "broken" : proof === undefined ? "unsigned" : "proven",
      ...(proof !== undefined && { keyId: proof.keyId }),
      statements: (proof?.statements ?? []).map(({ statement, keyId }) => {
        const { predicateType } = statement;
        return { predicateType, keyId };
      }),
      sentences,
    };
  } catch (error) {
    if (!(error instanceof StatementBroken)) throw error;
    return { outcome: "broken", statements: [], sentences: [bad(error.message)] };
  }
};

const unsigned = open("nothing was signed of this image: nobody vouches for it");
