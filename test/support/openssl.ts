import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `openssl dgst -verify` says of a signature. */
export const openssl = (pem: string, message: Uint8Array, signature: Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), "ovenbird-openssl-"));
  try {
    const [key, sig] = [join(folder, "key.pem"), join(folder, "sig.der")];
    writeFileSync(key, pem);
    writeFileSync(sig, signature);
    const order = ["dgst", "-sha256", "-verify", key, "-signature", sig];
    const { stdout, stderr } = spawnSync("openssl", order, { input: message, encoding: "utf8" });
    return `${stdout}${stderr}`.trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
};
