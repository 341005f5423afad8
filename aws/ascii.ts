/**
 * At most that many characters of ASCII, for the fields in which AWS takes no others ("Character
 * sets beyond ASCII are not supported"): accents are dropped, anything else becomes `?`.
 */
export const ascii = (text: string, most: number): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, "?")
    .slice(0, most);
