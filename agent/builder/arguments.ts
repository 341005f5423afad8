import { parseArgs } from "node:util";
import * as z from "zod";
import { BakeId } from "../../core/ids.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Arguments = z.strictObject({
  bake: BakeId,
  bucket: z.string().min(3),
  /** This builder's folder of the bucket: `builders/<role id>:<instance id>/`. */
  prefix: z.string().endsWith("/"),
  /** Of the order in that folder. */
  "order-sha256": sha256,
  /** The log group of agents' lines. */
  "log-group": z.string().min(1),
  /** A folder of root's on this machine. */
  home: z.string().startsWith("/"),
});

/** Where a builder finds its order, and whom it tells. Nothing of it is a secret. */
export interface BuilderArguments {
  bake: BakeId;
  bucket: string;
  prefix: string;
  orderSha256: string;
  logGroup: string;
  home: string;
}

const names = Object.keys(Arguments.shape);

export const usage = [
  "usage: node agent/builder/main.js --version",
  `       node agent/builder/main.js ${names.map((name) => `--${name} …`).join(" ")}`,
].join("\n");

/** Throws for what is missing, unknown or malformed. */
export const readArguments = (argv: readonly string[]): BuilderArguments => {
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const { values } = parseArgs({ args: [...argv], options });
  const { "order-sha256": orderSha256, "log-group": logGroup, ...rest } = Arguments.parse(values);
  return { ...rest, orderSha256, logGroup };
};
