/** Rolling back: what is looked up, refused, moved and written down. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { script } from "../../pipeline/shell.ts";
import { targetOf } from "../../pipeline/target.ts";
import { parsed, seedValues } from "../configs.ts";
import { inTemporaryDirectory, type Run } from "./support/recorder.ts";

const place = inTemporaryDirectory();
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const SHA = "c".repeat(40);
const PREFIX = "r.example.com/shop";

/** The registry has tags and digests by name, and labels of images in `calls.labels`. */
const DOCKER = `docker() {
  for last in "$@"; do :; done
  case "$*" in
    *"json .Image"*) awk -v name="$last" '$1 == name { print $2 }' calls.labels ;;
    *) command docker "$@" ;;
  esac
}
`;

beforeEach(() => {
  place.write(
    "calls.images",
    [
      [`app:${SHA}`, "a"],
      [`db-init:${SHA}`, "b"],
      ["app:1.2.3", "d"],
      ["db-init:1.2.3", "e"],
      ["app:latest", "f"],
      ["db-init:latest", "9"],
      [`app@${digest("7")}`, "7"],
    ]
      .map(([name, letter]) => `${PREFIX}/${name} ${digest(letter ?? "")}\n`)
      .join(""),
  );
  place.write(
    "calls.labels",
    [
      `${PREFIX}/db-init@${digest("9")} {"config":{"Labels":{"migration":"0007","a":"b"}}}`,
      `${PREFIX}/db-init@${digest("b")} {"config":{"Labels":{"a":"b","migration":"0005"}}}`,
      "",
    ].join("\n"),
  );
});

const environment = {
  CANDIDATES: "app db-init",
  REGISTRY_IMAGE: PREFIX,
  CI_COMMIT_REF_SLUG: "main",
  CI_DEFAULT_BRANCH: "main",
  CI_JOB_STARTED_AT: "2026-01-01T00:00:00Z",
  CI_PIPELINE_URL: "https://gitlab.example.com/acme/shop/-/pipelines/7",
  GITLAB_USER_LOGIN: "ada",
  MIGRATION_LABEL: "migration",
};

function rollback(to: string, names = ["rollback-target", "rollback-resolve", "move-tags", "rollback"]): Run {
  return place.run(DOCKER + names.map(script).join(""), { ...environment, ROLLBACK_TO: to });
}

/** A line for each tag, with what it is moved onto. */
const moved = (run: Run): string[] =>
  run.calls.flatMap((call) =>
    [...call.matchAll(/--tag (\S+)/g)].map(([, tag]) =>
      `${tag} ${call.split(" ").at(-1)}`.replaceAll(`${PREFIX}/`, ""),
    ),
  );

describe("rollback", () => {
  it("moves latest and the branch's tag onto a commit's images, by digest", () => {
    const run = rollback(SHA);
    expect(run.status, run.stderr).toBe(0);
    expect(moved(run)).toEqual([
      `app:latest app@${digest("a")}`,
      `app:main app@${digest("a")}`,
      `db-init:latest db-init@${digest("b")}`,
      `db-init:main db-init@${digest("b")}`,
    ]);
  });

  it.each(["1.2.3", "v1.2.3"])("finds release %s", (to) => {
    expect(moved(rollback(to))).toContain(`app:latest app@${digest("d")}`);
  });

  it("moves single images by digest, and leaves the others", () => {
    expect(moved(rollback(`app@${digest("7")}`))).toEqual([
      `app:latest app@${digest("7")}`,
      `app:main app@${digest("7")}`,
    ]);
  });

  it("writes down who moved what from where to where", () => {
    rollback(SHA);
    const record = JSON.parse(readFileSync(join(place.directory, "rollback.json"), "utf8"));
    expect(record).toEqual({
      at: "2026-01-01T00:00:00Z",
      by: "ada",
      target: SHA,
      pipeline: "https://gitlab.example.com/acme/shop/-/pipelines/7",
      images: [
        { name: "app", tags: ["latest", "main"], from: digest("f"), to: digest("a") },
        {
          name: "db-init",
          tags: ["latest", "main"],
          from: digest("9"),
          to: digest("b"),
          migration: { from: "0007", to: "0005" },
        },
      ],
    });
  });

  it("says what becomes of the database", () => {
    const { stdout } = rollback(SHA);
    expect(stdout).toContain("db-init: the database is at migration 0007, and this image expects 0005");
    expect(stdout).toContain(`${PREFIX}/db-init@${digest("9")}`);
    expect(stdout).not.toContain("app: the database");
  });

  it.each([
    ["nothing", ""],
    ["a short SHA", "abc1234"],
    ["a moving tag", "latest"],
    ["a branch", "main"],
    ["a part of a version", "1.2"],
    ["a short digest", "app@sha256:abc"],
    ["a command", `$(touch pwned)`],
    ["a SHA among other lines", `x\n${SHA}`],
    ["an option", "--help"],
    ["another registry", `evil.example.com/app@${digest("7")}`],
    ["an image that is not the project's", `other@${digest("7")}`],
  ])("refuses %s, and moves nothing", (_, to) => {
    const run = rollback(to);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/[Nn]othing has moved/);
    expect(run.calls).toEqual([]);
  });

  it("moves nothing when one of the images is missing", () => {
    place.write("calls.images", `${PREFIX}/app:${SHA} ${digest("a")}\n`);
    const run = rollback(SHA);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(`${PREFIX}/db-init:${SHA} is not in the registry: nothing has moved`);
    expect(moved(run)).toEqual([]);
  });

  it("moves nothing when the job before it has proven nothing", () => {
    const run = rollback("", ["move-tags", "rollback"]);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("start it again. Nothing has moved");
    expect(run.calls).toEqual([]);
  });
});

describe("rollback of a project that signs", () => {
  /** Knows the signatures in `signatures`: an image and its claims. */
  const VERIFIED = `verified() {
    printf '%s\\n' "$*" >> asked
    grep -qxF "$*" signatures && echo '[{"critical":{"image":{"docker-manifest-digest":"${digest("a")}"}},"optional":{}}]'
  }
  `;
  const verify = (to: string): Run =>
    place.run(script("rollback-target") + VERIFIED + script("rollback-verify"), {
      ...environment,
      CANDIDATES: "app",
      ROLLBACK_TO: to,
    });

  it("takes the digest from the signature, which names image and commit", () => {
    place.write(
      "signatures",
      `${PREFIX}/app:${SHA} --annotations candidate=app --annotations commit=${SHA}\n`,
    );
    const run = verify(SHA);
    expect(run.status, run.stderr).toBe(0);
    expect(readFileSync(join(place.directory, "rollback/images.txt"), "utf8")).toBe(`app ${digest("a")}\n`);
  });

  it("refuses an image that has another image's or commit's signature", () => {
    place.write(
      "signatures",
      `${PREFIX}/app:${SHA} --annotations candidate=db-init --annotations commit=${SHA}\n` +
        `${PREFIX}/app:${SHA} --annotations candidate=app --annotations commit=${"d".repeat(40)}\n`,
    );
    const run = verify(SHA);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/is missing, or not what this project signed as app: nothing has moved/);
  });
});

describe("the jobs", () => {
  const jobs = (project: Record<string, unknown>) => {
    const seed = seedValues();
    const config = parsed({ ...seed, projects: seed.projects.map((entry) => ({ ...entry, ...project })) });
    const [fleet, entry] = [config.fleets[0], config.projects[0]];
    if (!fleet || !entry) throw new Error("no project");
    return pipelineFor(targetOf("dev", entry, fleet)).jobs;
  };

  it("are there by default, started by hand on the protected default branch, whatever else failed", () => {
    const { rollback } = jobs({});
    expect(rollback).toMatchObject({ needs: [], resource_group: "promote-$CI_COMMIT_REF_SLUG" });
    expect(rollback?.rules).toEqual([
      {
        if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_COMMIT_REF_PROTECTED == "true"',
        when: "manual",
        allow_failure: true,
      },
    ]);
  });

  it("can be left out, and can be told of another label", () => {
    expect(jobs({ rollback: false }).rollback).toBeUndefined();
    expect(jobs({ rollback: { migrationLabel: "com.example.level" } }).rollback?.variables).toMatchObject({
      MIGRATION_LABEL: "com.example.level",
    });
  });
});
