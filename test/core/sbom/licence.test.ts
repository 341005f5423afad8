import { expect, test } from "vitest";
import { licenceFrom } from "../../../core/sbom/licence.ts";

test.each([
  // Debian's short names
  ["Expat", "MIT"],
  ["GPL-2+", "GPL-2.0-or-later"],
  ["LGPL-2.1", "LGPL-2.1-only"],
  ["GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note"],
  ["Artistic or GPL-1+", "Artistic-1.0-Perl OR GPL-1.0-or-later"],
  ["GPL-1+ or Artistic, and Expat", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT"],
  ["BSD-3-clause and (Expat or GPL-2) and Expat", "BSD-3-Clause AND (MIT OR GPL-2.0-only) AND MIT"],
  // rpm's, before and after SPDX
  ["GPLv2+ and MIT", "GPL-2.0-or-later AND MIT"],
  ["ASL 2.0", "Apache-2.0"],
  ["LGPLv2.1+", "LGPL-2.1-or-later"],
  ["Apache-2.0 WITH LLVM-exception AND NCSA", "Apache-2.0 WITH LLVM-exception AND NCSA"],
  // apk's
  ["GPL-2.0-only", "GPL-2.0-only"],
  ["MIT OR Apache-2.0", "MIT OR Apache-2.0"],
  ["mit", "MIT"],
])("%s is %s in SPDX", (text, spdx) => {
  expect(licenceFrom(text)).toEqual({ spdx, isId: !spdx.includes(" ") });
});

test("a licence that SPDX does not know is named, and those beside it keep their ids", () => {
  expect(licenceFrom("Expat and permissive and (GPL-2+ or Ruby-like)")).toEqual({
    all: [{ name: "Expat", spdx: "MIT" }, { name: "permissive" }, { name: "GPL-2+ or Ruby-like" }],
  });
  expect(licenceFrom("Freely redistributable")).toEqual({
    all: [{ name: "Freely redistributable" }],
  });
});

test.each(["(MIT", "MIT and", ") or (", "and", "", "MIT, GPL"])(
  "%o is no expression, and named whole",
  (text) => expect(licenceFrom(text)).toEqual({ all: [{ name: text }] }),
);
