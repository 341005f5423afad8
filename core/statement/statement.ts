import * as z from "zod";

/*
 * in-toto's Statement v1: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.
 */

/** Digests by their algorithm, as lower-case hexadecimal digits. */
export const DigestSet = z.record(z.string(), z.string().regex(/^[0-9a-f]+$/));
export type DigestSet = z.infer<typeof DigestSet>;

/** Something that a statement speaks of. */
export const ResourceDescriptor = z.strictObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: DigestSet.optional(),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.json()).optional(),
});
export type ResourceDescriptor = z.infer<typeof ResourceDescriptor>;

/** What a statement is about: found by its digest alone, the name is for people. */
export const Subject = ResourceDescriptor.extend({ name: z.string(), digest: DigestSet });
export type Subject = z.infer<typeof Subject>;

export const statementType = "https://in-toto.io/Statement/v1";

/** The kind of payload that an envelope says it holds. */
export const payloadType = "application/vnd.in-toto+json";

export const Statement = z.strictObject({
  _type: z.literal(statementType),
  subject: z.array(Subject).min(1),
  predicateType: z.string(),
  predicate: z.record(z.string(), z.json()),
});
export type Statement = z.infer<typeof Statement>;

/** A file's SHA-256, where a digest is `sha256:` and 64 digits. */
export const sha256Of = (digest: string): DigestSet => ({
  sha256: digest.replace(/^sha256:/, ""),
});
