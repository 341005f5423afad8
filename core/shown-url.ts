/** A URL without the name and the password that it may carry: they are nobody's business. */
export const withoutUser = (url: string): string => url.replace(/(?<=\/\/)[^/?#]*@/, "");

/** The same without what follows the path: a signed query is a key to what is there. */
export const withoutSecrets = (written: string): string => {
  if (!URL.canParse(written)) return withoutUser(written).replace(/[?#].*$/s, "");
  const url = new URL(written);
  Object.assign(url, { username: "", password: "", search: "", hash: "" });
  return url.href;
};

/** The same for people: that there is a query is shown. */
export const shownUrl = (url: URL): string =>
  `${withoutSecrets(url.href)}${url.search === "" ? "" : "?…"}`;
