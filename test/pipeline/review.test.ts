/** The review: what it asks of an image, and what it makes of the answers. Git is real; the registry is a function. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { script } from "../../pipeline/shell.ts";
import { inTemporaryDirectory, type Run } from "./support/recorder.ts";

const place = inTemporaryDirectory();
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const PREFIX = "r.example.com/shop";

/** Answers from files: `digests` by name, `image.json`, `provenance.json`, and a manifest of `size` bytes. */
const DOCKER = `docker() {
  for last in "$@"; do :; done
  case "$*" in
    *--raw*) printf '{"layers":[{"size":%s},{"size": 1000000}]}' "$(awk -v name="\${last%@sha256:*}" '$1 == name { print $2 }' sizes)" ;;
    *"json .Image"*) cat image.json ;;
    *"json .Provenance"*) cat provenance.json ;;
    *"range .Manifest"*) echo "x $(awk -v name="$last" '$1 == name { print $2 }' digests)" ;;
    *) awk -v name="$last" '$1 == name { print $2; found = 1 } END { exit !found }' digests ;;
  esac
}
`;

const provenance = (base: string, letter: string) =>
  JSON.stringify({
    SLSA: {
      materials: [
        { digest: { sha1: "1".repeat(40) }, uri: "https://gitlab.example.com/acme/shop.git" },
        { digest: { sha256: "5".repeat(64) }, uri: "pkg:docker/docker/buildkit-syft-scanner@1.9.0" },
        { digest: { sha256: letter.repeat(64) }, uri: base },
      ],
    },
  });

beforeEach(() => {
  place.write("digests", `${PREFIX}/app:latest ${digest("a")}\npython:3.13-slim ${digest("b")}\n`);
  place.write("image.json", '{"config": {"User": "10001:10001", "Env": ["A=B"]}}');
  place.write("provenance.json", provenance("pkg:docker/python@3.13-slim?platform=linux%2Famd64", "b"));
  place.write("sizes", `${PREFIX}/app 50000000\n`);
  for (const argv of [
    ["init", "--quiet"],
    ["init", "--quiet", "--bare", "origin.git"],
  ])
    spawnSync("git", argv, { cwd: place.directory });
  spawnSync("git", ["remote", "add", "origin", "origin.git"], { cwd: place.directory });
});

const review = (environment: Record<string, string> = {}, more = ""): Run =>
  place.run(DOCKER + more + script("review"), {
    CANDIDATES: "app",
    CI_PROJECT_PATH: "acme/shop",
    FAIL_ON: "",
    REGISTRY_IMAGE: PREFIX,
    ...environment,
  });
const report = () => readFileSync(join(place.directory, "review.md"), "utf8");

describe("review", () => {
  it("has nothing to say of an image that is as it should be", () => {
    const run = review();
    expect(run.status, run.stderr).toBe(0);
    expect(report()).toContain("| app | user | runs as 10001:10001 |");
    expect(report()).toContain("| app | base | python:3.13-slim is up to date |");
    expect(report()).toContain("| app | attestations | has provenance |");
    expect(report()).toContain("| app | size | 51 MB; there is no release to compare with |");
    expect(report()).not.toContain("look at this");
  });

  it.each([
    [
      "a base image that has moved on",
      "provenance.json",
      provenance("pkg:docker/python@3.13-slim", "c"),
      "base",
      /has changed since/,
    ],
    [
      "a pinned base image that has moved on",
      "provenance.json",
      provenance(`pkg:docker/python@3.13-slim?digest=sha256:${"c".repeat(64)}&platform=linux%2Famd64`, "c"),
      "base",
      /python:3.13-slim has changed since its digest was written into the Dockerfile/,
    ],
    [
      "a base image that is gone",
      "provenance.json",
      provenance("pkg:docker/python@2.7", "c"),
      "base",
      /python:2.7 cannot be asked for/,
    ],
    ["no provenance", "provenance.json", "{}", "attestations", /has no provenance/],
    ["root", "image.json", '{"config":{"User":"root"}}', "user", /runs as root/],
    ["no user", "image.json", '{"config":{}}', "user", /runs as root/],
    ["an image that was never promoted", "digests", "", "promoted", /was never promoted/],
  ])("finds %s, and fails only where it is told to", (_, file, content, question, expected) => {
    place.write(file, content);
    const calm = review();
    expect(calm.status, calm.stderr).toBe(0);
    expect(report()).toMatch(expected);
    expect(report()).toContain("look at this");
    const strict = review({ FAIL_ON: `other ${question}` });
    expect(strict.status).toBe(1);
    expect(strict.stderr).toContain(`review.fail names: ${question}`);
  });

  it.each<[string, string, RegExp]>([
    ["none", "app 0\n", /\| app \| vulnerabilities \| none of severity HIGH,CRITICAL \|/],
    ["some", "other 0\napp 3\n", /vulnerabilities \| \*\*look at this:\*\* 3 of severity HIGH,CRITICAL/],
    ["no answer", "other 0\n", /vulnerabilities \| \*\*look at this:\*\* could not be scanned/],
  ])("tells of the vulnerabilities that were counted: %s", (_, counted, expected) => {
    place.write("vulnerabilities/7.txt", counted);
    const environment = { FAIL_ON: "vulnerabilities", SEVERITY: "HIGH,CRITICAL" };
    const run = review(environment);
    expect(report()).toMatch(expected);
    expect(run.status, run.stderr).toBe(counted === "app 0\n" ? 0 : 1);
  });

  it("says nothing of vulnerabilities where nothing looks for them", () => {
    expect(review({ FAIL_ON: "vulnerabilities" }).status).toBe(0);
    expect(report()).not.toContain("vulnerabilities");
  });

  it("compares with the newest tag that became a release", () => {
    for (const tag of ["v1.9.0", "v1.10.0", "v1.11.0", "v2.0.0-rc.1"]) {
      spawnSync(
        "git",
        [
          "-c",
          "user.name=t",
          "-c",
          "user.email=t@example.com",
          "commit",
          "--quiet",
          "--allow-empty",
          "-m",
          tag,
        ],
        { cwd: place.directory },
      );
      spawnSync("git", ["push", "--quiet", "origin", `HEAD:refs/tags/${tag}`], { cwd: place.directory });
    }
    place.write("digests", `${PREFIX}/app:latest ${digest("a")}\n${PREFIX}/app:1.10.0 ${digest("d")}\n`);
    review();
    expect(report()).toContain("51 MB, and 51 MB in release 1.10.0");
  });

  it.each<[string, number, RegExp]>([
    ["a day", 1, /\| all \| backup \| 1 days ago/],
    ["a month", 30, /backup \| \*\*look at this:\*\* 30 days ago/],
  ])("knows that the last backup is %s old", (_, days, expected) => {
    const date = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");
    const rclone = `rclone() { case "$*" in *restored*) ;; *) printf '20200101T000000Z-1/\\n${date}T030000Z-7/\\nrestored/\\n' ;; esac; }\n`;
    const run = review({ BACKUP_PATH: "b" }, rclone);
    expect(run.status, run.stderr).toBe(0);
    expect(report()).toMatch(expected);
    expect(report()).toContain("| all | restore | **look at this:** never |");
  });
});
