import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { getCACertificates } from "node:tls";
import { AssetFailed } from "../core/errors.ts";
import { shownUrl } from "../core/shown-url.ts";
import { AssetInterrupted } from "./errors.ts";

const redirected = new Set([301, 302, 303, 307, 308]);

/** Where the server says that later may be better: it is busy, or behind another that is. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A URL that assets can be at. Throws AssetFailed. */
export const assetUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new AssetFailed(`${text} is no URL of an asset: it begins with https:// or http://`);
  }
  if (url.username === "" && url.password === "") return url;
  throw new AssetFailed(
    `${shownUrl(url)} has a user or password in it, which would stand in logs: give the URL without`,
  );
};

/**
 * The response of a server that has what is at the URL; its body is not read yet, and is as it was
 * sent, never unpacked. Throws AssetFailed.
 */
export const openUrl = async (
  from: URL,
  redirections: number,
  signal: AbortSignal,
): Promise<IncomingMessage> => {
  let url = from;
  for (let followed = 0; followed <= redirections; followed++) {
    const response = await get(url, signal);
    const { statusCode: status = 0, headers } = response;
    if (status === 200) return response;
    response.destroy();
    if (!redirected.has(status) || headers.location === undefined) throw refusal(url, status);
    url = next(url, headers.location);
  }
  throw new AssetFailed(
    `${shownUrl(from)} redirects more than ${redirections} times, the last time to ${shownUrl(url)}: name where the asset is`,
  );
};

/** Whom Node trusts, and whom this machine does, as its other programs do. */
const authorities = (): string[] => [
  ...new Set([...getCACertificates("default"), ...getCACertificates("system")]),
];

// not fetch: it unpacks what a server calls gzip, and the checksum is of what was sent
const get = async (url: URL, signal: AbortSignal): Promise<IncomingMessage> => {
  const headers = { "user-agent": "ovenbird", "accept-encoding": "identity" };
  const options = { signal, agent: false, headers };
  const request =
    url.protocol === "https:"
      ? https.get(url, { ...options, ca: authorities() })
      : http.get(url, options);
  request.on("error", () => undefined); // also of a response that is left
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
};

const refusal = (url: URL, status: number): AssetFailed => {
  const Kind = passing.has(status) ? AssetInterrupted : AssetFailed;
  return new Kind(`${shownUrl(url)} answers with status ${status}, and not with the asset (200)`);
};

const next = (url: URL, location: string): URL => {
  const to = URL.parse(location, url.href);
  if (to === null) throw new AssetFailed(`${shownUrl(url)} redirects to what is no URL`);
  if (to.protocol === "https:" || (to.protocol === "http:" && url.protocol === "http:")) return to;
  throw new AssetFailed(
    `${shownUrl(url)} redirects to ${to.protocol}//${to.host}: from https to https alone is followed`,
  );
};
