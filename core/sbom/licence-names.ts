/*
 * What Debian and older rpms call licences, and what SPDX does:
 * https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-short-name and
 * https://fedoraproject.org/wiki/Licensing:Main?rd=Licensing (the table before SPDX's names).
 */

/** Names that are not SPDX's, in lower case, with the one that is. */
export const spdxNames: ReadonlyMap<string, string> = new Map([
  ["expat", "MIT"],
  ["apache-2", "Apache-2.0"],
  ["apache2", "Apache-2.0"],
  ["asl 2.0", "Apache-2.0"],
  ["artistic", "Artistic-1.0-Perl"],
  ["artistic-1", "Artistic-1.0"],
  ["artistic-2", "Artistic-2.0"],
  ["bsd-2", "BSD-2-Clause"],
  ["bsd2", "BSD-2-Clause"],
  ["bsd-3", "BSD-3-Clause"],
  ["bsd3", "BSD-3-Clause"],
  ["boost", "BSL-1.0"],
  ["boost-1.0", "BSL-1.0"],
  ["cc0", "CC0-1.0"],
  ["mit/x11", "MIT"],
  ["mplv2.0", "MPL-2.0"],
  ["mpl-2", "MPL-2.0"],
  ["openldap", "OLDAP-2.8"],
  ["sissl", "SISSL"],
  ["zlib", "Zlib"],
  ["gfdl-niv-1.3", "GFDL-1.3-no-invariants-only"],
  ["gfdl-niv-1.3+", "GFDL-1.3-no-invariants-or-later"],
  ["gfdl-niv-1.2", "GFDL-1.2-no-invariants-only"],
  ["gfdl-niv-1.2+", "GFDL-1.2-no-invariants-or-later"],
]);

/** Exceptions in words, by what they begin with, and SPDX's name of the one meant. */
export const exceptionNames: ReadonlyMap<string, string> = new Map([
  ["linux-syscall-note", "Linux-syscall-note"],
  ["llvm", "LLVM-exception"],
  ["classpath", "Classpath-exception-2.0"],
  ["bison", "Bison-exception-2.2"],
  ["autoconf", "Autoconf-exception-generic"],
  ["libtool", "Libtool-exception"],
  ["font", "Font-exception-2.0"],
  ["gcc-exception-3.1", "GCC-exception-3.1"],
  ["gcc-exception-2.0", "GCC-exception-2.0"],
]);

/** GNU's licences by version and by whether a later one may be taken: `GPL-2+`, `LGPLv2.1+`. */
export const gnuName = (name: string): string | undefined => {
  const [, family = "", version, later] =
    /^([AL]?GPL)[-v ]?([0-9](?:\.[0-9])?)(?:\.0)?(\+)?$/i.exec(name) ?? [];
  if (version === undefined) return undefined;
  const whole = version.includes(".") ? version : `${version}.0`;
  return `${family.toUpperCase()}-${whole}-${later === undefined ? "only" : "or-later"}`;
};
