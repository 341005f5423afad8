import { expect, test } from "vitest";
import { shownUrl, withoutSecrets, withoutUser } from "../../core/shown-url.ts";

test("a URL is shown without who asks, also when no parser takes it", () => {
  const query = "https://example.org/a?mirror=1#x";
  expect(withoutUser("https://me:p@ss@example.org/a?mirror=1#x")).toBe(query);
  expect(withoutUser("https://example.org/a@b")).toBe("https://example.org/a@b");
  expect(withoutSecrets("https://me:p@ss@example.org/a?sig=1#x")).toBe("https://example.org/a");
  expect(withoutSecrets("deb://me:pass@$(ARCH) host/a?sig=1")).toBe("deb://$(ARCH) host/a");
});

test("a query is not shown, and that there is one is", () => {
  expect(shownUrl(new URL("https://me:pass@example.org:8443/a?sig=1#x"))).toBe(
    "https://example.org:8443/a?…",
  );
  expect(shownUrl(new URL("https://example.org/a"))).toBe("https://example.org/a");
});
