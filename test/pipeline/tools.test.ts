import { describe, expect, test } from "vitest";
import { locateImage, toolImage, toolNames, toolPins } from "../../pipeline/tools.ts";

describe("the pins", () => {
  test.each(toolNames)("%s names a version and an index's digest", (name) => {
    const { image, tag, digest, releases } = toolPins[name];
    expect(image).toMatch(/^[a-z0-9.]+(\/[a-z0-9-]+)*$/);
    // A tag without a full version moves by itself.
    expect(tag).toMatch(/^v?\d+\.\d+\.\d+(-[a-z]+)?$/);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(releases).toMatch(/^https:\/\/github\.com\/[^/]+\/[^/]+\/(releases|tags)$/);
  });

  test("are of different images", () => {
    expect(new Set(toolNames.map((name) => toolPins[name].digest)).size).toBe(toolNames.length);
  });
});

describe("toolImage", () => {
  const docker = "28.3.3-cli@sha256:0135662b510037ea581d99c2e5929c5e01185139c0b86986a418bd4da0b98a44";
  const gitleaks = "v8.30.1@sha256:c00b6bd0aeb3071cbcb79009cb16a60dd9e0a7c60e2be9ab65d25e6bc8abbb7f";

  test("pins by tag and digest", () => {
    expect(toolImage("docker")).toBe(`docker:${docker}`);
    expect(toolImage("gitleaks", {})).toBe(`ghcr.io/gitleaks/gitleaks:${gitleaks}`);
  });

  test("puts a mirror in the place of the registry, and keeps the pin", () => {
    const mirror = "registry.example.com:5000/hub";
    expect(toolImage("docker", { mirror })).toBe(`${mirror}/library/docker:${docker}`);
    expect(toolImage("gitleaks", { mirror })).toBe(`${mirror}/gitleaks/gitleaks:${gitleaks}`);
    expect(toolImage("gitleaks", { mirror: `${mirror}/` })).toBe(`${mirror}/gitleaks/gitleaks:${gitleaks}`);
  });

  test("takes a tool's own image as it is, mirror or not", () => {
    const images = { gitleaks: "registry.example.com/own/gitleaks:8" };
    expect(toolImage("gitleaks", { mirror: "mirror.example.com", images })).toBe(images.gitleaks);
    expect(toolImage("docker", { images })).toBe(`docker:${docker}`);
  });
});

test.each([
  ["docker", "docker.io", "library/docker"],
  ["docker.io/docker", "docker.io", "library/docker"],
  ["hadolint/hadolint", "docker.io", "hadolint/hadolint"],
  ["docker.io/hadolint/hadolint", "docker.io", "hadolint/hadolint"],
  ["ghcr.io/sigstore/cosign/cosign", "ghcr.io", "sigstore/cosign/cosign"],
  ["localhost/app", "localhost", "app"],
  ["localhost:5000/app", "localhost:5000", "app"],
  ["mirror:5000/a/b", "mirror:5000", "a/b"],
])("locateImage: %s is on %s as %s", (image, registry, repository) => {
  expect(locateImage(image)).toEqual({ registry, repository });
});
