import { describe, expect, test } from "vitest";
import { bundleText, provenIn } from "../../../core/statement/bundle.ts";
import { canonicalJson } from "../../../core/statement/canonical.ts";
import { envelopeText, payloadOf, preAuthentication } from "../../../core/statement/envelope.ts";
import { seal } from "../../../core/statement/seal.ts";
import { type Statement, statementType } from "../../../core/statement/statement.ts";
import { unseal } from "../../../core/statement/unseal.ts";
import { memorySigner } from "../../support/memory-signer.ts";
import { openssl } from "../../support/openssl.ts";

const statement: Statement = {
  _type: statementType,
  subject: [{ name: "img-1/tree", digest: { sha256: "7".repeat(64) } }],
  predicateType: "ovenbird:test",
  predicate: { grüße: "🐦\u2028", list: [1, null, true, { b: 1, a: 2 }] },
};
const signer = memorySigner();
const trusted = await signer.trusted();
const envelope = await seal(signer, statement);
const broken = { name: "StatementBroken" };

describe("canonical JSON", () => {
  test("is the same whatever the order of fields, and reads as the value", () => {
    const one = { b: [1, { d: 1, c: "é" }], a: undefined, 10: 1, 9: 2 };
    const other = { 9: 2, 10: 1, b: [1, { c: "é", d: 1 }] };
    expect(canonicalJson(one)).toBe('{"10":1,"9":2,"b":[1,{"c":"é","d":1}]}');
    expect(canonicalJson(other)).toBe(canonicalJson(one));
    expect(JSON.parse(canonicalJson(one))).toEqual(other);
  });

  test("sorts by UTF-16 code units, as RFC 8785's own example has it", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    const order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"];
    expect(text).toBe(`{${order.map((name) => `${JSON.stringify(name)}:0`).join(",")}}`);
  });

  test("is there for nothing that JSON cannot say", () => {
    expect(() => canonicalJson({ a: "\ud800" })).toThrow(TypeError);
    expect(() => canonicalJson([Number.NaN])).toThrow(TypeError);
  });
});

test("the bytes that are signed are those of DSSE's own example", () => {
  const bytes = preAuthentication("http://example.com/HelloWorld", Buffer.from("hello world"));
  expect(bytes.toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
});

test("the lengths in them are of bytes, not of characters", () => {
  expect(preAuthentication("ü", Buffer.from("🐦")).toString()).toBe("DSSEv1 2 ü 4 🐦");
});

test("a statement has one payload, and what is none has none", () => {
  const { predicateType, subject, _type } = statement;
  const turned = { predicate: statement.predicate, subject, predicateType, _type };
  expect(payloadOf(turned).equals(payloadOf(statement))).toBe(true);
  expect(() => payloadOf({ ...statement, subject: [] })).toThrow();
});

test("what was sealed is unsealed, and openssl agrees", () => {
  expect(unseal(envelopeText(envelope), trusted)).toEqual({
    ...{ statement, keyId: trusted[0]?.keyId },
  });
  const [{ sig }] = envelope.signatures;
  const message = preAuthentication(envelope.payloadType, Buffer.from(envelope.payload, "base64"));
  expect(openssl(trusted[0]?.pem ?? "", message, Buffer.from(sig, "base64"))).toBe("Verified OK");
});

/** The name of what it throws; to ask `expect` of each of ten thousand takes a minute. */
const thrownBy = (work: () => unknown): string => {
  try {
    work();
    return "nothing";
  } catch (error) {
    return (error as Error).name;
  }
};

/** What becomes of the bytes with each of their bits flipped, by whether it is refused. */
const flipped = (bytes: Buffer, read: (changed: Buffer) => unknown): string[] => {
  const wrong: string[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const name = thrownBy(() => read(changed));
    if (name !== broken.name) wrong.push(`bit ${bit & 7} of byte ${bit >> 3}: ${name}`);
  }
  return wrong;
};

describe("a flipped bit is refused", () => {
  const [{ sig, keyid }] = envelope.signatures;
  const { payload, payloadType } = envelope;
  const read = (changed: { payload?: string; sig?: string }) => {
    const signatures: [{ keyid: string; sig: string }] = [{ keyid, sig: changed.sig ?? sig }];
    const text = envelopeText({ payload: changed.payload ?? payload, payloadType, signatures });
    return unseal(text, trusted);
  };

  test("wherever it is in the file of statements", () => {
    const file = Buffer.from(bundleText([envelope]));
    expect(provenIn(file.toString(), trusted)).toHaveLength(1);
    expect(flipped(file, (changed) => provenIn(changed.toString("utf8"), trusted))).toEqual([]);
  });

  test("wherever it is in what is signed", () => {
    const bytes = Buffer.from(payload, "base64");
    const wrong = flipped(bytes, (changed) => read({ payload: changed.toString("base64") }));
    expect(wrong).toEqual([]);
  });

  test("wherever it is in the signature", () => {
    const wrong = flipped(Buffer.from(sig, "base64"), (changed) =>
      read({ sig: changed.toString("base64") }),
    );
    expect(wrong).toEqual([]);
  });
});

describe("an envelope is refused", () => {
  const text = envelopeText(envelope);
  test.each([
    ["that is cut off", text.slice(0, -1)],
    ["with spaces in it", text.replaceAll(",", ", ")],
    ["with something after it", `${text} `],
    ["that is nothing", ""],
    ["of another type", text.replace("in-toto", "in-taxi")],
    ["without a signature", text.replace(/"signatures":\[.*\]/, '"signatures":[]')],
    ["with a signature of nothing", text.replace(/"sig":"[^"]*"/, '"sig":""')],
    ["with more than there is", text.replace('{"payload"', '{"more":1,"payload"')],
    ["with a field twice", text.replace('{"payload"', '{"payload":"","payload"')],
  ])("%s", (_, changed) => {
    expect(changed).not.toBe(text);
    expect(() => unseal(changed, trusted)).toThrow(expect.objectContaining(broken));
  });

  test("by a key that is not trusted, also under the name of one that is", async () => {
    const stranger = memorySigner();
    const theirs = await seal(stranger, statement);
    expect(() => unseal(envelopeText(theirs), trusted)).toThrow(/none of the 1 trusted/);
    const [{ sig }] = theirs.signatures;
    const keyid = trusted[0]?.keyId ?? "";
    const posing = { ...theirs, signatures: [{ keyid, sig }] as [{ keyid: string; sig: string }] };
    expect(() => unseal(envelopeText(posing), trusted)).toThrow(/does not hold/);
    expect(() => unseal(text, [])).toThrow(expect.objectContaining(broken));
  });

  test("that holds no statement, though its signature holds", async () => {
    const payload = Buffer.from('{"_type":"x"}');
    const { payloadType } = envelope;
    const { keyId, signature } = await signer.sign(preAuthentication(payloadType, payload));
    const sig = Buffer.from(signature).toString("base64");
    const other = envelopeText({
      ...{ payload: payload.toString("base64"), payloadType },
      signatures: [{ keyid: keyId, sig }],
    });
    expect(() => unseal(other, trusted)).toThrow(/no in-toto statement/);
  });
});

test("a file of statements that lacks its last line's end was cut off", () => {
  const file = bundleText([envelope]);
  expect(() => provenIn(file.slice(0, -1), trusted)).toThrow(expect.objectContaining(broken));
  expect(() => provenIn("", trusted)).toThrow(expect.objectContaining(broken));
});
