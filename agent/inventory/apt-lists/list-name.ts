import { Buffer } from "node:buffer";

/** What apt writes as `%` and two digits: URItoFileName of apt-pkg/strutl.cc. */
// oxlint-disable-next-line no-control-regex -- all that cannot be printed is meant
const quoted = /[\\|{}[\]<>"^~_=!@#$%&*\x00-\x20\x7f-\xff]/g;

/** The name of a URL's file among apt's lists: without its scheme, and what it carries of a user. */
export const listName = (url: string): string =>
  Buffer.from(url, "utf8")
    .toString("latin1")
    .replace(/^[^:/]+:/, "")
    .replace(/^\/\/(?:[^/]*@)?/, "")
    .replaceAll(quoted, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .replaceAll("/", "_");
