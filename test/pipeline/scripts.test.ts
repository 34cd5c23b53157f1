/** The pipeline's scripts, run by a POSIX shell. Where they call Docker, a recorder stands on PATH in its place. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assignments, quote, script, writeFile } from "../../pipeline/shell.ts";
import { hostileText } from "../configs.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "pipeline-scripts-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Records each call's arguments and standard input, one line each. */
const RECORDER = `#!/bin/sh
printf '%s\\n' "$*" >> "$CALLS"
case "$1" in login) cat >> "$CALLS.stdin" ;; esac
`;

function run(text: string, environment: Record<string, string> = {}) {
  const docker = join(directory, "docker");
  writeFileSync(docker, RECORDER);
  chmodSync(docker, 0o755);
  const calls = join(directory, "calls");
  const result = spawnSync("sh", ["-c", text], {
    cwd: directory,
    encoding: "utf8",
    env: { PATH: `${directory}:${process.env.PATH}`, CALLS: calls, ...environment },
  });
  return { ...result, calls: existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [] };
}

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

describe("promote", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const promote = (environment: Record<string, string>, digests = `app ${digest}\n`) => {
    writeFileSync(join(directory, "digests.txt"), digests);
    return run(script("promote"), {
      IMAGES: "app",
      REGISTRY_IMAGE: "r.example.com/shop",
      CI_DEFAULT_BRANCH: "main",
      ...environment,
    });
  };
  const tags = (environment: Record<string, string>) =>
    promote(environment).calls.map((call) => [...call.matchAll(/--tag (\S+)/g)].map(([, tag]) => tag));

  it("gives the default branch its tag and latest, by digest", () => {
    expect(promote({ CI_COMMIT_BRANCH: "main", CI_COMMIT_REF_SLUG: "main" }).calls).toEqual([
      `buildx imagetools create --prefer-index=false --tag r.example.com/shop/app:main --tag r.example.com/shop/app:latest r.example.com/shop/app@${digest}`,
    ]);
  });

  it.each(["latest", "v1", "1-2-3", "a".repeat(40)])(
    "keeps a branch called %s away from other tags",
    (slug) => {
      expect(tags({ CI_COMMIT_BRANCH: slug, CI_COMMIT_REF_SLUG: slug })).toEqual([
        [`r.example.com/shop/app:branch-${slug}`],
      ]);
    },
  );

  it.each([
    ["no digest", ""],
    ["another image's digest", `application ${digest}\n`],
    ["something else than a digest", "app latest\n"],
    ["a digest with a command in it", "app sha256:$(id)\n"],
  ])("stops at %s", (_, digests) => {
    const result = promote({ CI_COMMIT_BRANCH: "main", CI_COMMIT_REF_SLUG: "main" }, digests);
    expect(result.status).not.toBe(0);
    expect(result.calls).toEqual([]);
  });
});

describe("log-in", () => {
  it("hands the password over by standard input, and names what is missing", () => {
    const environment = {
      REGISTRY: "r.example.com",
      REGISTRY_USER: "ci",
      DOCKER_CONFIG: join(directory, "config"),
    };
    const result = run(script("log-in"), { ...environment, REGISTRY_PASSWORD: "correct-horse" });
    expect(result.calls).toEqual(["login --username ci --password-stdin r.example.com"]);
    expect(readFileSync(join(directory, "calls.stdin"), "utf8")).toBe("correct-horse");

    const missing = run(script("log-in"), { ...environment, DOCKER_CONFIG: join(directory, "other") });
    expect(missing.status).not.toBe(0);
    expect(missing.stderr).toMatch(/REGISTRY_PASSWORD.*is not set\. A protected variable is absent/);
  });

  it("refuses a directory that somebody else has prepared", () => {
    const result = run(`mkdir config\n${script("log-in")}`, {
      REGISTRY: "r.example.com",
      REGISTRY_USER: "ci",
      REGISTRY_PASSWORD: "correct-horse",
      DOCKER_CONFIG: join(directory, "config"),
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
