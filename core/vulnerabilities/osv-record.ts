import * as z from "zod";

/*
 * What is read of OSV's records, https://ossf.github.io/osv-schema/ (1.6; later ones add fields,
 * which are passed over).
 */

const Rating = z.object({ type: z.string(), score: z.string() });

const Event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
});

export const OsvRange = z.object({ type: z.string(), events: z.array(Event) });
export type OsvRange = z.infer<typeof OsvRange>;

export const OsvAffected = z.object({
  package: z.object({ ecosystem: z.string(), name: z.string() }).optional(),
  severity: z.array(Rating).nullish(),
  ranges: z.array(OsvRange).nullish(),
  versions: z.array(z.string()).nullish(),
  ecosystem_specific: z.looseObject({ urgency: z.unknown() }).partial().nullish(),
});
export type OsvAffected = z.infer<typeof OsvAffected>;

export const OsvRecord = z.object({
  id: z.string().min(1),
  modified: z.string(),
  withdrawn: z.string().nullish(),
  aliases: z.array(z.string()).nullish(),
  upstream: z.array(z.string()).nullish(),
  related: z.array(z.string()).nullish(),
  summary: z.string().nullish(),
  severity: z.array(Rating).nullish(),
  affected: z.array(OsvAffected).nullish(),
  database_specific: z.looseObject({ severity: z.unknown() }).partial().nullish(),
});
export type OsvRecord = z.infer<typeof OsvRecord>;
