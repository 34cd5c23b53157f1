/** The pipeline's scripts, run by a POSIX shell. Where they call Docker, a recorder stands on PATH in its place. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignments, quote, script, writeFile } from "../../pipeline/shell.ts";
import { hostileText } from "../configs.ts";
import { inTemporaryDirectory } from "./support/recorder.ts";

const place = inTemporaryDirectory();
const run = place.run;

describe("choose-caches", () => {
  const text = `${script("choose-caches")}\nprintf '%s|%s' "$CACHE_READ" "$CACHE_WRITE" >&2`;
  const caches = (environment: Record<string, string>) =>
    run(text, { CI_DEFAULT_BRANCH: "main", CI_PROJECT_ID: "7", ...environment }).stderr;

  it.each([
    [
      "a branch",
      { TRUST_LEVEL: "open", CI_COMMIT_BRANCH: "feat", CI_COMMIT_REF_SLUG: "feat" },
      "open-ref-feat open-default protected-default|open-ref-feat",
    ],
    [
      "the default branch",
      { TRUST_LEVEL: "protected", CI_COMMIT_BRANCH: "main", CI_COMMIT_REF_SLUG: "main" },
      "protected-default|protected-default",
    ],
    [
      "a protected branch",
      { TRUST_LEVEL: "protected", CI_COMMIT_BRANCH: "stable", CI_COMMIT_REF_SLUG: "stable" },
      "protected-ref-stable protected-default|protected-ref-stable",
    ],
    [
      "a tag",
      { TRUST_LEVEL: "protected", CI_COMMIT_TAG: "v1", CI_COMMIT_REF_SLUG: "v1" },
      "protected-ref-v1 protected-default|",
    ],
    [
      "a merge request",
      { TRUST_LEVEL: "open", CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "7", CI_COMMIT_REF_SLUG: "feat" },
      "open-ref-feat open-default protected-default|open-ref-feat",
    ],
    [
      "a fork's merge request",
      { TRUST_LEVEL: "open", CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "8", CI_COMMIT_REF_SLUG: "main" },
      "open-ref-main open-default protected-default|",
    ],
  ])("on %s", (_, environment, expected) => {
    expect(caches(environment)).toBe(expected);
  });

  it("never reads an open cache on a protected ref", () => {
    const slug = fc.string({ unit: fc.constantFrom(..."abc0123-"), minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(slug, fc.boolean(), (ref, isDefault) => {
        const branch = isDefault ? "main" : ref;
        const read = caches({
          TRUST_LEVEL: "protected",
          CI_COMMIT_BRANCH: branch,
          CI_COMMIT_REF_SLUG: ref,
        }).split("|")[0];
        expect(read?.split(" ").every((cache) => cache.startsWith("protected-"))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

const LOG_IN = ["log-in-docker", "log-in-password"].map(script).join("");

describe("log-in", () => {
  it("hands the password over by standard input, and names what is missing", () => {
    const environment = {
      REGISTRY: "r.example.com",
      REGISTRY_USER: "ci",
      DOCKER_CONFIG: join(place.directory, "config"),
    };
    const result = run(LOG_IN, { ...environment, REGISTRY_PASSWORD: "correct-horse" });
    expect(result.calls).toEqual(["login --username ci --password-stdin r.example.com"]);
    expect(readFileSync(join(place.directory, "calls.stdin"), "utf8")).toBe("correct-horse");

    const missing = run(LOG_IN, { ...environment, DOCKER_CONFIG: join(place.directory, "other") });
    expect(missing.status).not.toBe(0);
    expect(missing.stderr).toMatch(/REGISTRY_PASSWORD.*is not set\. A protected variable is absent/);
  });

  it("refuses a directory that somebody else has prepared", () => {
    const result = run(`mkdir config\n${LOG_IN}`, {
      REGISTRY: "r.example.com",
      REGISTRY_USER: "ci",
      REGISTRY_PASSWORD: "correct-horse",
      DOCKER_CONFIG: join(place.directory, "config"),
    });
    expect(result.status).not.toBe(0);
    expect(result.calls).toEqual([]);
  });
});

describe("quoting", () => {
  const printable = hostileText.filter((text) => !text.includes("\0"));

  it("keeps every text one word", () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(run(`printf %s ${quote(text)}`).stdout).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it("assigns and writes every text as it is", () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(run(`${assignments({ X: text })}printf %s "$X"`).stdout).toBe(text);
        expect(run(`${writeFile("file", `${text}\n`)}cat file`).stdout).toBe(`${text}\n`);
      }),
      { numRuns: 60 },
    );
  });
});
