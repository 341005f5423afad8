import { Buffer } from "node:buffer";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { SignatureV4 } from "@smithy/signature-v4";
import { ScanImpossible } from "../core/errors.ts";
import type { Distribution } from "../core/inventory.ts";
import type { Software } from "../core/sbom/software.ts";
import {
  type Finding,
  inOrder,
  keyOf,
  named,
  type Scanner,
  type Unscanned,
  type Vulnerabilities,
} from "../core/vulnerabilities/finding.ts";
import { findingsIn, Report, skipped, versionOf } from "./inspector-report.ts";
import { type Part, partsOf, systemPart } from "./inspector-sbom.ts";

/** Who asks; `ConstructorParameters` because the type itself is in a package beside. */
type Signing = ConstructorParameters<typeof SignatureV4>[0];

export interface Inspector extends Pick<Signing, "credentials"> {
  region: string;
  /** Where the service is; the region's own when absent. */
  endpoint?: string;
  /** Milliseconds before the first further try, each then twice as long; 500 when absent. */
  pause?: number;
}

/** Components in one request: the lesser of what the API's model and its guide say. */
const mostComponents = 2000;

/** Tries of one request. */
const tries = 5;

/**
 * Looks for vulnerabilities by Amazon Inspector's ScanSbom, which takes any software, of Amazon
 * Linux too. Its SDK's client is not published everywhere, so the request is signed here.
 * https://docs.aws.amazon.com/inspector/v2/APIReference/API_scan_ScanSbom.html
 */
export const inspectorVulnerabilities = (inspector: Inspector): Vulnerabilities => ({
  async find(packages, distribution) {
    assertTold(packages, distribution);
    const found = new Map<string, Finding>();
    const system = distribution === undefined ? [] : [systemPart(distribution)];
    const parts = partsOf(packages, distribution);
    const share = mostComponents - system.length;
    const passed = new Map<string, string>();
    let version: string | undefined;
    for (let at = 0; at < parts.length; at += share) {
      const some = parts.slice(at, at + share);
      const report = await scan(inspector, [...system, ...some.map(({ component }) => component)]);
      version = versionOf(report);
      for (const [ref, why] of skipped(report)) passed.set(ref, why);
      for (const finding of findingsIn(report, some)) found.set(keyOf(finding), finding);
    }
    assertScanned(parts, passed, distribution);
    const scanner = scannerOf(inspector, version);
    const findings = inOrder([...found.values()]);
    return { scanner, findings, unscanned: unscannedOf(parts, passed) };
  },
});

/** How old its data is Inspector does not say. */
const scannerOf = (inspector: Inspector, version: string | undefined): Scanner => ({
  ...{ name: "Amazon Inspector", uri: baseOf(inspector) },
  ...(version !== undefined && { version }),
});

const baseOf = ({ region, endpoint }: Inspector): string =>
  endpoint ?? `https://inspector-scan.${region}.amazonaws.com`;

const isOfSystem = ({ kind }: Software): boolean =>
  kind === "dpkg" || kind === "rpm" || kind === "apk";

const assertTold = (packages: readonly Software[], distribution?: Distribution): void => {
  if (distribution !== undefined || !packages.some(isOfSystem)) return;
  throw new ScanImpossible("the image has no os-release that says of which distribution it is");
};

/** Where Inspector passes over everything of the system, it does not know the distribution. */
const assertScanned = (
  parts: readonly Part[],
  passed: ReadonlyMap<string, string>,
  distribution: Distribution | undefined,
): void => {
  const ofSystem = parts.filter((part) => part.packages.some(isOfSystem));
  if (ofSystem.length === 0) return;
  if (!ofSystem.every(({ component }) => passed.has(component["bom-ref"]))) return;
  const { id = "", version = "" } = distribution ?? {};
  throw new ScanImpossible(`Inspector has no rules for packages of ${id} ${version}`.trim());
};

/** Packages of which Inspector passed over all that stands for them: the source's component, too. */
const unscannedOf = (parts: readonly Part[], passed: ReadonlyMap<string, string>): Unscanned[] => {
  const reasons = new Map<Software, string | undefined>();
  for (const { component, packages } of parts) {
    const why = passed.get(component["bom-ref"]);
    for (const one of packages) {
      reasons.set(one, reasons.has(one) && reasons.get(one) === undefined ? undefined : why);
    }
  }
  return [...reasons].flatMap(([one, why]) =>
    why === undefined ? [] : [{ package: named(one), why }],
  );
};

const scan = async (
  inspector: Inspector,
  components: readonly Part["component"][],
): Promise<Report> => {
  const sbom = { bomFormat: "CycloneDX", specVersion: "1.5", version: 1, components };
  const body = JSON.stringify({ sbom, outputFormat: "CYCLONE_DX_1_5" });
  for (let attempt = 1; ; attempt++) {
    const { text, problem, mayPass } = await post(inspector, body);
    if (text !== undefined) return parsed(text);
    if (!mayPass || attempt === tries) {
      throw new ScanImpossible(`Inspector did not scan the image: ${problem}`);
    }
    await setTimeout((inspector.pause ?? 500) * 2 ** (attempt - 1));
  }
};

const parsed = (text: string): Report => {
  try {
    return Report.parse(JSON.parse(text));
  } catch (error) {
    throw new ScanImpossible("Inspector answered in another form than CycloneDX", { cause: error });
  }
};

interface Answer {
  text?: string;
  problem?: string;
  mayPass?: boolean;
}

const post = async (inspector: Inspector, body: string): Promise<Answer> => {
  const { url, headers } = await signed(inspector, body);
  try {
    const signal = AbortSignal.timeout(120_000);
    const response = await fetch(url, { method: "POST", headers, body, signal });
    const text = await response.text();
    if (response.ok) return { text };
    const { status } = response;
    const type = response.headers.get("x-amzn-errortype")?.split(":")[0] ?? "";
    return {
      problem: [`status ${status}`, type, messageIn(text)].filter((part) => part !== "").join(", "),
      mayPass: status === 429 || status >= 500,
    };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return { problem: cause?.code ?? message, mayPass: true };
  }
};

const messageIn = (text: string): string => /"[Mm]essage"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? "";

/** A request with the signature that AWS asks for. */
const signed = async (inspector: Inspector, body: string) => {
  const { region, credentials } = inspector;
  const url = new URL("/scan/sbom", baseOf(inspector));
  const signer = new SignatureV4({
    service: "inspector-scan",
    region,
    credentials,
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    ...{ method: "POST", protocol: url.protocol, hostname: url.hostname, path: url.pathname },
    headers: { host: url.host, "content-type": "application/json" },
    body,
  });
  const { host: _, ...own } = headers; // `fetch` writes it itself
  return { url, headers: own };
};

/** SHA-256 as the signer takes it: with a secret, its HMAC. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error("the signer begins a new one instead");
  }
}

const bytesOf = (data: string | ArrayBuffer | ArrayBufferView): Buffer => {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
};
