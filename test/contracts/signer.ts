import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openssl } from "../support/openssl.ts";
import type { Signer } from "../../core/statement/signer.ts";

export interface SignerWorld extends AsyncDisposable {
  signer: Signer;
  /** The same key by another adapter, as another process has it. */
  again(): Signer;
  /** A key of another bakery. */
  other(): Promise<Signer>;
}

const message = Buffer.from("DSSEv1 1 a 3 abc");

export const describeSigner = (name: string, open: () => Promise<SignerWorld>) =>
  describe(`${name} signer`, () => {
    test("signs what its public key verifies, and nothing else", async () => {
      await using world = await open();
      const { keyId, signature } = await world.signer.sign(message);
      const [key, ...others] = await world.signer.trusted();
      expect(others).toEqual([]);
      expect(key?.keyId).toBe(keyId);
      const publicKey = createPublicKey(key?.pem ?? "");
      expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
      expect(verify("sha256", message, publicKey, signature)).toBe(true);
      expect(verify("sha256", Buffer.from("more"), publicKey, signature)).toBe(false);
    });

    test("signs what openssl verifies", async () => {
      await using world = await open();
      const { signature } = await world.signer.sign(message);
      const [{ pem } = { pem: "" }] = await world.signer.trusted();
      expect(openssl(pem, message, signature)).toBe("Verified OK");
      expect(openssl(pem, Buffer.from("more"), signature)).toContain("Verification failure");
    });

    test("signs messages of any length", async () => {
      await using world = await open();
      const [{ pem } = { pem: "" }] = await world.signer.trusted();
      for (const long of [Buffer.alloc(0), Buffer.alloc(4097, 1), Buffer.alloc(1_000_000, 2)]) {
        const { signature } = await world.signer.sign(long);
        expect(verify("sha256", long, createPublicKey(pem), signature)).toBe(true);
      }
    });

    test("has one key for all who ask, also at once", async () => {
      await using world = await open();
      const asked = [world.signer, world.again(), world.again()];
      const keys = await Promise.all(asked.map((signer) => signer.trusted()));
      const ids = keys.flat().map(({ keyId }) => keyId);
      expect(new Set(ids).size).toBe(1);
      expect(ids).toHaveLength(3);
    });

    test("has another key than another bakery", async () => {
      await using world = await open();
      const other = await world.other();
      expect(await other.trusted()).not.toEqual(await world.signer.trusted());
    });
  });
