/** How checks run beside one another, and how their answers are told. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CannotCheck, make, makeAll, type PlannedCheck, question } from "../../doctor/check.ts";
import { GitlabRefusal, GitlabUnreachable } from "../../doctor/gitlab-client.ts";
import { redactor } from "../../doctor/redact.ts";
import { reportOf, textOf } from "../../doctor/report.ts";

const planned = (run: PlannedCheck["run"], seconds?: number): PlannedCheck => ({
  subject: "it",
  id: "it.is",
  title: "it is right",
  run,
  ...(seconds === undefined ? {} : { seconds }),
});

describe("a check", () => {
  it("that breaks hides no other, and is told to whoever wants to know", async () => {
    const faults: unknown[] = [];
    const broken = new TypeError("x is not a function");
    const checks = await makeAll(
      [
        planned(() => {
          throw broken;
        }),
        planned(async (answers) => {
          await sleep(5);
          return [answers.ok("one"), answers.failed("two", "mend it")];
        }),
      ],
      (_, error) => faults.push(error),
    );
    expect(checks.map(({ status, found }) => [status, found])).toEqual([
      ["skipped", "the check itself broke: x is not a function"],
      ["ok", "one"],
      ["failed", "two"],
    ]);
    expect(faults).toEqual([broken]);
  });

  it("that does not answer is given up, and is not ok", async () => {
    const [check] = await make(planned(() => new Promise(() => undefined), 0.02));
    expect(check).toMatchObject({ status: "skipped", found: "no answer within 0.02 s" });
  });

  it.each([
    [new CannotCheck("no token", "set one"), "no token", "set one"],
    [
      new GitlabUnreachable("ECONNREFUSED", "refused"),
      "GitLab does not answer",
      "mend what the check of GitLab names",
    ],
    [
      new GitlabRefusal(401, "user", "401 Unauthorized"),
      "GitLab answered 401 for user",
      "a valid token: mend what the check of the token names",
    ],
    [
      new GitlabRefusal(403, "projects/1", "403"),
      "GitLab answered 403 for projects/1",
      "a token with the scope api, of a user with the role Maintainer there",
    ],
    [
      new GitlabRefusal(429, "user", "Retry later"),
      "GitLab answered 429 for user: too many requests",
      "wait a minute, and run it again",
    ],
  ])("that ends with %s is skipped, with what would let it", async (error, found, remedy) => {
    const checks = await make(
      planned(() => {
        throw error;
      }),
      () => expect.fail("this was foreseen"),
    );
    expect(checks).toEqual([
      { id: "it.is", subject: "it", title: "it is right", status: "skipped", found, remedy },
    ]);
  });
});

describe("a report", () => {
  const one = question("GitLab token", "token.valid", "GitLab accepts it");
  const two = question("GitLab", "gitlab.version", "its version will do");
  const checks = [
    one.ok("GITLAB_TOKEN"),
    one.failed("ended", "rotate it\nand set it"),
    two.skipped("no answer", "mend it"),
    two.skipped("no answer", "mend it"),
    two.warning("old", "upgrade"),
  ];

  it("has a stable form for programs", () => {
    expect(reportOf("dev", checks)).toEqual({
      version: 1,
      stack: "dev",
      ok: false,
      counts: { ok: 1, warning: 1, failed: 1, skipped: 2 },
      checks,
    });
    expect(
      reportOf(
        "dev",
        checks.filter(({ status }) => status !== "failed"),
      ).ok,
    ).toBe(true);
  });

  it("has one for people, by subject and in line", () => {
    expect(textOf(reportOf("dev", checks), { colour: false, verbose: false })).toBe(`GitLab token
  ok      GitLab accepts it
  failed  GitLab accepts it
          found: ended
          do:    rotate it
                 and set it

GitLab
  skipped its version will do
  skipped its version will do
          found: no answer
          do:    mend it
  warning its version will do
          found: old
          do:    upgrade

dev: 1 ok, 1 warning, 1 failed, 2 skipped`);
  });

  it("says more when asked, and has colours where they can be seen", () => {
    const report = reportOf("dev", checks);
    expect(textOf(report, { colour: false, verbose: true })).toContain(
      "ok      GitLab accepts it: GITLAB_TOKEN",
    );
    expect(textOf(report, { colour: true, verbose: false })).toContain("\u001b[31mfailed ");
  });
});

describe("a secret", () => {
  const key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nAAAAB3NzaC1yc2E\n-----END OPENSSH PRIVATE KEY-----\n";
  it.each([
    ["the password is hunter2 indeed", ["hunter2"], "the password is [secret] indeed"],
    ["of hunter22 and hunter2", ["hunter2", "hunter22"], "of [secret] and [secret]"],
    ["line b3BlbnNzaC1rZXktdjEAAAAA alone", [key], "line [secret] alone"],
    ["glpat-abcdefghij0123456789 and glrt-t3_abcdefghij0123456789", [], "[secret] and [secret]"],
    [`key ${key.trim()} end`, [], "key [secret] end"],
    ["https://oauth2:whatever@gitlab.example.com", [], "https://oauth2:[secret]@gitlab.example.com"],
    ["nothing of it", ["", "  ", "of"], "nothing of it"],
  ])("is kept out of %s", (text, secrets, safe) => {
    expect(redactor(secrets)(text)).toBe(safe);
  });
});
