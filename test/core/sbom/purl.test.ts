import { expect, test } from "vitest";
import { purlOf } from "../../../core/sbom/purl.ts";
import type { Software } from "../../../core/sbom/software.ts";

const of = (kind: Software["kind"], name: string, version: string, architecture?: string) =>
  ({ kind, name, version, ...(architecture && { architecture }) }) as Software;

test.each([
  // https://github.com/package-url/purl-spec: types/deb, rpm, apk and the languages' own
  [of("dpkg", "attr", "1:2.4.47-2", "amd64"), "pkg:deb/debian/attr@1:2.4.47-2?arch=amd64"],
  [of("dpkg", "g++", "4:12.2.0-3", "amd64"), "pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64"],
])("%o is %s", (one, purl) => {
  expect(purlOf(one, { id: "debian" })).toBe(`${purl}&distro=debian`);
});

test("rpm's epoch is a qualifier", () => {
  const libs = of("rpm", "openssl-libs", "1:3.0.7-27.el9", "x86_64");
  expect(purlOf(libs, { id: "rocky", version: "9.4" })).toBe(
    "pkg:rpm/rocky/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rocky-9.4&epoch=1",
  );
});

test("apk's have Alpine's release", () => {
  const client = of("apk", "ssl_client", "1.36.1-r29", "x86_64");
  expect(purlOf(client, { id: "alpine", version: "3.20.1" })).toBe(
    "pkg:apk/alpine/ssl_client@1.36.1-r29?arch=x86_64&distro=alpine-3.20.1",
  );
});

test.each([
  [of("npm", "@angular/animation", "12.3.1"), "pkg:npm/%40angular/animation@12.3.1"],
  [of("npm", "left-pad", "1.3.0"), "pkg:npm/left-pad@1.3.0"],
  [of("pypi", "Django_Rest", "1.11.1"), "pkg:pypi/django-rest@1.11.1"],
  [of("gem", "ruby-advisory-db-check", "0.12.4"), "pkg:gem/ruby-advisory-db-check@0.12.4"],
  [
    of("golang", "github.com/gorilla/context", "v1.1.1"),
    "pkg:golang/github.com/gorilla/context@v1.1.1",
  ],
  [of("golang", "example.org/own", "(devel)"), "pkg:golang/example.org/own"],
  [of("golang", "stdlib", "v1.22.1"), "pkg:golang/stdlib@v1.22.1"],
  [of("maven", "org.apache.commons:io", "1.3.4"), "pkg:maven/org.apache.commons/io@1.3.4"],
  [of("maven", "io", "1.3.4"), undefined],
])("%o is %s", (one, purl) => {
  expect(purlOf(one)).toBe(purl);
});

test.each([of("golang", "a/b", "v1"), of("golang", "a/b", "v1.2.3-"), of("dpkg", "", "1")])(
  "%o, which no list would have, is no reason to stop",
  (one) => {
    expect(() => purlOf(one)).not.toThrow();
  },
);
