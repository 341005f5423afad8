import { AssetFailed } from "../core/errors.ts";
import { AssetInterrupted } from "./errors.ts";
import { shownUrl } from "../core/shown-url.ts";

/** OpenSSL's names of what is wrong with a certificate, and Node's of what is with TLS. */
const ofTrust = /CERT|^UNABLE_TO|SELF_SIGNED|^ERR_TLS|^ERR_SSL|^EPROTO$/;

/** What a try failed of, as a sentence with the URL in it. */
export const failure = (url: URL, error: unknown, watch: AbortSignal): AssetFailed => {
  if (watch.aborted && watch.reason instanceof AssetFailed) {
    return new AssetInterrupted(`${shownUrl(url)}: ${watch.reason.message}`, { cause: error });
  }
  if (error instanceof AssetFailed || !(error instanceof Error)) return asFailed(url, error);
  const code = "code" in error ? String(error.code) : "";
  if (ofTrust.test(code)) {
    return new AssetFailed(
      `${shownUrl(url)} is not trusted (${code}): its certificate must be of an authority that this machine knows, or that a file named by NODE_EXTRA_CA_CERTS has`,
      { cause: error },
    );
  }
  if ("syscall" in error && "path" in error) return asFailed(url, error); // of a file here
  const why = code === "ECONNRESET" ? "the connection ended before the asset did" : code;
  return new AssetInterrupted(`${shownUrl(url)} was not fetched: ${why || error.message}`, {
    cause: error,
  });
};

const asFailed = (url: URL, error: unknown): AssetFailed =>
  error instanceof AssetFailed
    ? error
    : new AssetFailed(`${shownUrl(url)} was not kept: ${String(error)}`, { cause: error });
