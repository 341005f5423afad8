/** A key whose signatures hold. */
export interface PublicKey {
  /** As envelopes name it: an ARN of KMS's, or `sha256:` and the digest of the key's DER form. */
  keyId: string;
  /** SubjectPublicKeyInfo of an ECDSA key on P-256, as PEM. */
  pem: string;
}

/**
 * The name of a key that was given without one. A key's name in an envelope is a hint, as DSSE has
 * it: whose signature it is the signature alone tells.
 */
export const anyName = "*";

export interface Signature {
  keyId: string;
  /** ECDSA over SHA-256, as DER (RFC 3279), not as two bare numbers. */
  signature: Uint8Array;
}

/** Who checks signatures. */
export interface PublicKeys {
  /** The keys that are trusted here: first the one that signs, then those that did before it. */
  trusted(): Promise<PublicKey[]>;
}

/** Who signs: with a key that no builder can reach. */
export interface Signer extends PublicKeys {
  /** Signs the bytes. */
  sign(message: Uint8Array): Promise<Signature>;
}
