import { createHash } from "node:crypto";

/**
 * The page's only program: fields that search tables, and what is folded is open on paper. All
 * can be read without it. It runs in a browser, so it is text here; its digest is in the page's
 * policy, and no other script runs there.
 */
export const script = `"use strict";
for (const box of document.querySelectorAll("[data-filter]")) {
  const input = box.querySelector("input");
  const count = box.querySelector(".count");
  const rows = [...document.getElementById(box.dataset.filter).tBodies[0].rows];
  const texts = rows.map((row) =>
    [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase(),
  );
  const number = (one) => one.toLocaleString("en-GB");
  const search = () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    let found = 0;
    rows.forEach((row, at) => {
      row.hidden = !words.every((word) => texts[at].includes(word));
      if (!row.hidden) found += 1;
    });
    const all = number(rows.length) + " " + box.dataset.noun;
    count.textContent = words.length === 0 ? all : number(found) + " of " + all;
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    input.value = "";
    search();
  });
  box.hidden = false;
  search();
}
`;

/** As a policy of content names a text that may be there: https://www.w3.org/TR/CSP3/#external-hash */
export const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
